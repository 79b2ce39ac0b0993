import { expect, test } from 'vitest';
import type { ReplicaErrorCode } from '../errors.ts';
import { OwnSession } from './own-session.ts';
import { decodePayloadHeader, type PayloadHeader, payloadHeaderBytes, payloadKindOf } from './payload.ts';

/** A group that answers at once, except that sessions end when the test wants it. One tick is a millisecond. */
class FakeGroup {
  nowMs = 0;
  index = 0;
  readonly applied: string[] = [];
  /** What becomes of the next attempts to apply a command, before anything else does; by its text. */
  readonly troubles = new Map<string, ReplicaErrorCode[]>();
  opened = 0;
  endsSessionsAtOnce = false;
  #session: number | undefined;

  readonly session: OwnSession = new OwnSession({
    nowMs: () => this.nowMs,
    submit: (payload, _deadlineMs, sink, token) => {
      const outcome = this.#outcome(Buffer.from(payload));
      if (outcome === undefined) sink.completed(token, this.index, new Uint8Array());
      else sink.failed(token, outcome, undefined);
    },
    nextTick: async () => {
      this.nowMs++;
    },
    refusal: () => undefined,
  });

  propose(text: string, timeoutMs = 1000): Promise<unknown> {
    return this.session.propose(Buffer.from(text), { timeoutMs });
  }

  endSession(): void {
    this.#session = undefined;
  }

  #outcome(payload: Buffer): ReplicaErrorCode | undefined {
    const header = decodePayloadHeader(payload);
    this.index++;
    if (payloadKindOf(header) === 'command') return this.#command(header, payload.toString('utf8', payloadHeaderBytes));
    this.opened++;
    this.#session = this.endsSessionsAtOnce ? undefined : this.index;
    return undefined;
  }

  #command({ session }: PayloadHeader, text: string): ReplicaErrorCode | undefined {
    const trouble = this.troubles.get(text)?.shift();
    if (trouble !== undefined) return trouble;
    if (session !== this.#session) return 'SESSION_UNKNOWN';
    this.applied.push(text);
    return undefined;
  }
}

test('a session that ended while it was idle is replaced, once for all who notice', async () => {
  const group = new FakeGroup();
  await group.propose('a');
  group.endSession();
  await Promise.all(['b', 'c', 'd'].map((text) => group.propose(text)));
  expect(group.applied.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  expect(group.opened).toBe(2);
});

test('one that hears late of the end of a session does not end the next one', async () => {
  const group = new FakeGroup();
  await group.propose('a');
  group.endSession();
  group.troubles.set('b', Array(5).fill('BUSY'));
  await Promise.all(['b', 'c'].map((text) => group.propose(text)));
  expect([group.applied, group.opened]).toEqual([['a', 'c', 'b'], 2]);
});

test.each(['NOT_LEADER', 'BUSY', 'NO_QUORUM'] as const)(
  'so is one that ended before an attempt that was %s',
  async (code) => {
    const group = new FakeGroup();
    await group.propose('a');
    group.endSession();
    group.troubles.set('b', [code, code]);
    await group.propose('b');
    expect(group.applied).toEqual(['a', 'b']);
  },
);

test('if the command may have been applied in the session that ended, it is not tried in another one', async () => {
  const group = new FakeGroup();
  await group.propose('a');
  group.endSession();
  group.troubles.set('b', ['BUSY', 'LEADER_CHANGED', 'BUSY']);
  await expect(group.propose('b')).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
  expect(group.applied).toEqual(['a']);
  await group.propose('c');
  expect([group.applied, group.opened]).toEqual([['a', 'c'], 2]);
});

test('where every session ends at once, it is tried once a tick, until the deadline', async () => {
  const group = new FakeGroup();
  group.endsSessionsAtOnce = true;
  await expect(group.propose('a', 20)).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
  expect(group.opened).toBe(20);
});

test.each<[ReplicaErrorCode[], boolean]>([
  [['TOO_LARGE'], false],
  [['SESSION_REFUSED'], false],
  [['DEADLINE_EXCEEDED'], true],
  [['STOPPED'], true],
  [['GROUP_FAILED'], true],
  [['RESULT_TOO_LARGE'], true],
  [['BUSY', 'BUSY', 'TOO_LARGE'], false],
  [['LEADER_CHANGED', 'TOO_LARGE'], true],
  [['NO_QUORUM', 'LEADER_CHANGED', 'NOT_LEADER', 'SESSION_REFUSED'], true],
])('after %j it says whether the command may be applied: %s', async (codes, mayBeApplied) => {
  const group = new FakeGroup();
  group.troubles.set('a', [...codes]);
  await expect(group.propose('a')).rejects.toMatchObject({ name: 'ReplicaError', code: codes.at(-1), mayBeApplied });
});

test('what was refused until the deadline may be proposed again', async () => {
  const group = new FakeGroup();
  group.troubles.set(
    'a',
    Array.from({ length: 10 }, () => 'NO_QUORUM'),
  );
  await expect(group.propose('a', 5)).rejects.toMatchObject({ code: 'NO_QUORUM', mayBeApplied: false });
  group.troubles.set('b', ['LEADER_CHANGED', ...Array.from({ length: 10 }, () => 'NO_QUORUM' as const)]);
  await expect(group.propose('b', 5)).rejects.toMatchObject({ code: 'NO_QUORUM', mayBeApplied: true });
});
