import { type Message, MessageType } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { Scheduler } from '../scheduler.ts';
import { drawNodesScenario } from './scenario.ts';
import { StalenessOracle } from './staleness-oracle.ts';

const drawn = drawNodesScenario(1);
const punctual = {
  ...drawn,
  clock: { ...drawn.clock, driftMax: 0 },
  network: {
    ...drawn.network,
    straggleProbability: 0,
    replayProbability: 0,
    clogMeanMs: 0,
    delayMsMax: 10,
    farNodeMs: 0,
  },
  faults: { ...drawn.faults, pauseMeanMs: 0, strikeProbability: 0 },
};

/** Commits 10 entries every 100 ms, from 100 on; the node hears of them 5 ms later, up to a time. */
function watched(heardUntilMs: number, scenario = punctual) {
  const scheduler = new Scheduler();
  const oracle = new StalenessOracle(scheduler, scenario);
  for (let ms = 100; ms <= 2000; ms += 100) {
    scheduler.nowMs = ms;
    oracle.committed(ms / 10);
    scheduler.nowMs = ms + 5;
    if (ms <= heardUntilMs) {
      oracle.heard(2, { type: MessageType.heartbeat, leaderCommitIndex: ms / 10 } as Message);
    }
  }
  return oracle;
}

describe('a read that may lag', () => {
  it('sees what a leader heard of a quorum within the time, less the entries', () => {
    const sees = watched(0).began(1, { ms: 250, entries: 5 }, true);
    expect(() => sees(165)).not.toThrow();
    expect(() => sees(164)).toThrow('bounded staleness');
  });

  it('sees what the oldest heartbeat told that was heard in time', () => {
    const sees = watched(2000).began(2, { ms: 250, entries: 5 }, false);
    expect(() => sees(175)).not.toThrow();
    expect(() => sees(174)).toThrow('bounded staleness');
  });

  it('sees everything if nothing was heard in time', () => {
    const sees = watched(1500).began(2, { ms: 250, entries: 50 }, false);
    expect(() => sees(200)).not.toThrow();
    expect(() => sees(199)).toThrow('it must see 200, and 200 was committed');
  });

  it('is not held to the time where heartbeats may be under way for long, nor by one that a slow clock makes too old', () => {
    const late = { ...punctual, network: { ...punctual.network, clogMeanMs: 1 } };
    const oracle = watched(1500, late);
    oracle.heard(2, { type: MessageType.heartbeat, leaderCommitIndex: 20 } as Message);
    expect(() => oracle.began(2, { ms: 250, entries: 0 }, false)(20)).not.toThrow();
    const slow = { ...punctual, clock: { ...punctual.clock, driftMax: 0.5 } };
    expect(() => watched(0, slow).began(1, { ms: 250, entries: 0 }, true)(150)).not.toThrow();
    expect(() => watched(0, slow).began(1, { ms: 250, entries: 0 }, true)(149)).toThrow('bounded staleness');
  });
});
