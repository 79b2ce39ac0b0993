// What a group is asked to become: other members, several at once, or something that makes no sense.

import type { Configuration, ConfigurationTarget, NodeId, SeededRandom } from '@balsa/raft';

export interface TargetSettings {
  /** Everybody there is. */
  readonly nodes: readonly NodeId[];
  readonly prefersLeader: boolean;
  readonly hasLeases: boolean;
}

/** As many as a group can be expected to have. */
const votersMax = 7;
const stepsMax = 4;

/** A few steps away from the configuration as it is. */
export function drawTarget(
  random: SeededRandom,
  current: Configuration,
  { nodes, prefersLeader, hasLeases }: TargetSettings,
): ConfigurationTarget {
  const voters = [...current.voters];
  const learners = [...current.learners];
  let { preferredLeader, leases } = current;
  const learn = (): void => move(pick(random, nodes, [...voters, ...learners]), [], learners);
  const promote = (): void => move(voters.length < votersMax ? pick(random, learners) : undefined, learners, voters);
  const moves = [
    // It takes two steps to become a voter, and one to leave: groups are to grow as often as they shrink.
    learn,
    learn,
    promote,
    promote,
    promote,
    () => move(voters.length > 1 ? pick(random, voters) : undefined, voters, []),
    () => move(pick(random, learners), learners, []),
    () => move(voters.length > 1 ? pick(random, voters) : undefined, voters, learners),
    () => {
      if (hasLeases) leases = !leases;
    },
    () => {
      if (prefersLeader) preferredLeader = random.chance(0.2) ? undefined : pick(random, voters);
    },
  ];
  const steps = random.integerBetween(1, stepsMax + 1);
  for (let i = 0; i < steps; i++) moves[random.integerBetween(0, moves.length)]!();
  if (preferredLeader !== undefined && !voters.includes(preferredLeader)) preferredLeader = pick(random, voters);
  return { voters, learners, preferredLeader, leases };
}

/** Something that every leader must refuse, or that changes nothing. */
export function drawNonsense(
  random: SeededRandom,
  current: Configuration,
  nodes: readonly NodeId[],
): ConfigurationTarget {
  const { voters, learners, preferredLeader, leases } = current;
  const target = { voters, learners, preferredLeader, leases };
  const stranger = Math.max(...nodes) + 1;
  const kinds: readonly (() => ConfigurationTarget)[] = [
    () => target,
    () => ({ ...target, voters: [] }),
    () => ({ ...target, voters: [...voters, ...voters.slice(0, 1)] }),
    () => ({ ...target, learners: [...learners, ...voters.slice(0, 1)] }),
    () => ({ ...target, voters: [...voters, 0.5] }),
    () => ({ ...target, voters: [...voters, stranger] }),
    () => ({ ...target, voters: [stranger] }),
    () => ({ ...target, preferredLeader: stranger }),
  ];
  return kinds[random.integerBetween(0, kinds.length)]!();
}

function move(node: NodeId | undefined, from: NodeId[], to: NodeId[]): void {
  if (node === undefined) return;
  const position = from.indexOf(node);
  if (position >= 0) from.splice(position, 1);
  to.push(node);
}

function pick(random: SeededRandom, nodes: readonly NodeId[], but: readonly NodeId[] = []): NodeId | undefined {
  const able = nodes.filter((node) => !but.includes(node));
  return able.length === 0 ? undefined : able[random.integerBetween(0, able.length)];
}
