import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { Progress } from './progress.ts';

function progressAt(nextIndex: number): Progress {
  return new Progress(2, 1, nextIndex, 0);
}

describe('progress', () => {
  it('counts bytes in flight from sending to acknowledgement', () => {
    const progress = progressAt(1);
    progress.sent(3, 30, 0);
    progress.sent(5, 20, 0);
    progress.sent(6, 10, 0);
    expect(progress.inflightBytes).toBe(60);
    progress.acknowledged(2, 0);
    expect(progress.inflightBytes).toBe(60);
    progress.acknowledged(5, 0);
    expect(progress.inflightBytes).toBe(10);
    expect([progress.state, progress.matchIndex, progress.nextIndex]).toEqual(['replicate', 5, 7]);
  });

  it('knows what was sent before each heartbeat, as long as it is unanswered and in this session', () => {
    const progress = progressAt(5);
    progress.heartbeatSent(1);
    progress.sent(7, 10, 0);
    progress.heartbeatSent(2);
    progress.sent(8, 10, 0);
    progress.heartbeatSent(3);
    expect([2, 1, 2, 3].map((round) => progress.sentBeforeHeartbeat(round))).toEqual([7, undefined, undefined, 8]);
    progress.heartbeatSent(4);
    progress.restart();
    expect(progress.sentBeforeHeartbeat(4)).toBeUndefined();
    for (let round = 5; round <= 69; round++) progress.heartbeatSent(round);
    expect(progress.sentBeforeHeartbeat(5)).toBeUndefined();
    expect(progress.sentBeforeHeartbeat(6)).toBe(0);
  });

  it('never takes an acknowledgement back', () => {
    const progress = progressAt(1);
    progress.sent(9, 90, 0);
    progress.acknowledged(9, 0);
    progress.acknowledged(4, 0);
    expect([progress.matchIndex, progress.nextIndex]).toEqual([9, 10]);
  });

  it('starts over behind what is proven, in a session of its own', () => {
    const progress = progressAt(1);
    progress.sent(4, 40, 0);
    progress.acknowledged(4, 0);
    progress.sent(8, 40, 0);
    progress.probing = true;
    progress.reading = true;
    progress.restart();
    const { session, state, matchIndex, nextIndex, inflightBytes, probing, reading } = progress;
    expect({ session, state, matchIndex, nextIndex, inflightBytes, probing, reading }).toEqual({
      session: 2,
      state: 'probe',
      matchIndex: 4,
      nextIndex: 5,
      inflightBytes: 0,
      probing: false,
      reading: false,
    });
  });

  it('forgets what was proven when the follower lost entries', () => {
    const progress = progressAt(1);
    progress.sent(4, 40, 0);
    progress.acknowledged(4, 0);
    progress.restoreIndex = 4;
    progress.incidentReported(7, 0);
    expect([progress.incident, progress.matchIndex, progress.restoreIndex]).toEqual([7, 0, undefined]);
  });

  it('refuses to send backward', () => {
    const progress = progressAt(5);
    expect(() => progress.sent(3, 10, 0)).toThrow(InvariantError);
  });
});
