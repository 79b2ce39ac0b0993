// Quorums once more, for those who judge: the core's own arithmetic may be what is wrong.

import type { Configuration, NodeId } from '@balsa/raft';

/** Do these nodes make a quorum of the configuration, of both its sets if it is joint? */
export function isQuorum(configuration: Configuration, has: (node: NodeId) => boolean): boolean {
  return setsOf(configuration).every((set) => set.filter(has).length * 2 > set.length);
}

/** Does its vote count, in one of the sets at least? */
export function isVoter(node: NodeId, { voters, outgoing }: Configuration): boolean {
  return voters.includes(node) || outgoing.includes(node);
}

/** Has any quorum of the one a node in common with any quorum of the other? */
export function quorumsOverlap(a: Configuration, b: Configuration): boolean {
  if (setsOf(a).some((set) => setsOf(b).some((other) => isSameSet(set, other)))) return true;
  const nodes = [...new Set([...setsOf(a), ...setsOf(b)].flat())];
  for (let chosen = 0; chosen < 2 ** nodes.length; chosen++) {
    const isChosen = (node: NodeId): boolean => (chosen & (1 << nodes.indexOf(node))) !== 0;
    if (isQuorum(a, isChosen) && isQuorum(b, (node) => !isChosen(node))) return false;
  }
  return true;
}

function setsOf({ voters, outgoing }: Configuration): (readonly NodeId[])[] {
  return outgoing.length === 0 ? [voters] : [voters, outgoing];
}

function isSameSet(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
