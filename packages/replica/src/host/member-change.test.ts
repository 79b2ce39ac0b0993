import { type Configuration, type ConfigurationTarget, configurationOf, type RaftStatus } from '@balsa/raft';
import { expect, test } from 'vitest';
import { changeMembers } from './member-change.ts';

/** A leader whose group is always of its mind; a new voter has caught up from the given tick on. */
function leaderOf(members: Configuration, caughtUpFromTick: number) {
  let term = 1;
  let index = 1;
  let commitIndex = 1;
  let configuration = members;
  let tick = 0;
  const onTick = new Map<number, () => void>();
  const become = (target: ConfigurationTarget): void => {
    configuration = { ...target, outgoing: [] };
    index++;
    commitIndex = index;
  };
  const ports = {
    nowMs: () => tick,
    status: () => ({ term, configuration, configurationIndex: index, commitIndex }) as RaftStatus,
    reconfigure: (target: ConfigurationTarget) => {
      const isReady = target.voters.every((node) => configuration.voters.includes(node)) || tick >= caughtUpFromTick;
      if (!isReady) return { accepted: false, reason: 'notCaughtUp', detail: 'behind' } as const;
      become(target);
      return { accepted: true, index } as const;
    },
    nextTick: async () => onTick.get(++tick)?.(),
    refusal: () => undefined,
  };
  return {
    ports,
    at: (when: number, act: () => void) => onTick.set(when, act),
    become,
    /** Its last entry is not committed; another leader puts one of its own in the place of it, which is. */
    giveWay: (members: Configuration) => {
      term++;
      configuration = members;
      commitIndex = index;
    },
    withoutCommit: () => {
      commitIndex = 0;
    },
  };
}

// Node seeds 84 and 133: whoever was let in, or removed, while a new voter caught up was thrown out, or brought back.
test('what others change while a new voter catches up stays changed', async () => {
  const { ports, at, become } = leaderOf({ ...configurationOf([1, 2, 3]), learners: [6] }, 20);
  at(5, () => become({ ...configurationOf([1, 3]), learners: [6, 4], leases: true }));
  at(9, () => become({ ...configurationOf([1, 3]), learners: [4, 5], leases: true }));
  expect(await changeMembers(ports, { addVoters: [4] }, { timeoutMs: 100 })).toEqual({
    ...configurationOf([1, 3, 4]),
    learners: [5],
    leases: true,
  });
});

test('whoever others have made a learner meanwhile need not become one twice', async () => {
  const { ports, at, become } = leaderOf(configurationOf([1, 2, 3]), 20);
  const { reconfigure } = ports;
  at(3, () => become({ ...configurationOf([1, 2, 3]), learners: [4] }));
  const busyUntilThen = (target: ConfigurationTarget) =>
    ports.nowMs() < 4
      ? ({ accepted: false, reason: 'changeInProgress', detail: 'busy' } as const)
      : reconfigure(target);
  const change = changeMembers({ ...ports, reconfigure: busyUntilThen }, { addVoters: [4] }, { timeoutMs: 100 });
  expect(await change).toEqual(configurationOf([1, 2, 3, 4]));
});

// Node seeds 650024869 and 650025132: between two ticks another leader had put other members in the place of the change, and they were
// committed; whoever had asked was told that it was made.
test('a change in the place of which another leader has committed others is not made', async () => {
  const { ports, at, giveWay, withoutCommit } = leaderOf(configurationOf([1, 2, 3]), 0);
  const { reconfigure } = ports;
  const notCommitted = (target: ConfigurationTarget) => {
    const result = reconfigure(target);
    withoutCommit();
    return result;
  };
  at(1, () => giveWay(configurationOf([1, 2])));
  const change = changeMembers({ ...ports, reconfigure: notCommitted }, { leases: true }, { timeoutMs: 100 });
  await expect(change).rejects.toMatchObject({ code: 'LEADER_CHANGED' });
});
