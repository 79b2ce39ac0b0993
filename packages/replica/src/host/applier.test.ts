import { type Batch, BatchKind, configurationOf, initialHardState, logStart, Raft } from '@balsa/raft';
import { expect, test } from 'vitest';
import { ReplicaError } from '../errors.ts';
import { sealRecord } from '../record.ts';
import { RestorePace } from '../snapshot-transfer/restore-pace.ts';
import { Applier, type ApplierPorts } from './applier.ts';
import { BatchBuilder, sealNoopRecord } from './batch-builder.ts';
import { defaultLimits } from './host-options.ts';
import { encodePayload } from './payload.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { realClock } from './real-clock.ts';
import { SessionTable } from './session-table.ts';
import { Journal } from './testing/journal.ts';

const limits = { batchBytesMax: 200, batchesUnderWayMax: 2, uncommittedBytesMax: 1 << 20, queuedBytesMax: 1000 };

/** A group of one that has come back: what it had committed is on its disk, and not in memory. */
function restarted(): Raft {
  const raft = new Raft(
    {
      id: 1,
      electionTicks: 10,
      heartbeatTicks: 2,
      leaseMs: 0,
      hibernateAfterTicks: 0,
      seed: 1,
      appendBytesMax: 1 << 20,
      inflightBytesMax: 1 << 20,
      windowEntriesMax: 0,
      windowBytesMax: 0,
      uncommittedBytesMax: 1 << 20,
      weakBytesMax: 0,
      cacheBytesMax: 1 << 20,
      lifeId: 0,
      sealNoop: (header) => sealNoopRecord(1, header),
      sealConfiguration: () => new Uint8Array(),
    },
    {
      hardState: { ...initialHardState, term: 1 },
      base: logStart,
      lastIndex: 3,
      termRuns: [[1, 1]],
      configurations: [[0, configurationOf([1])]],
      appliedIndex: 0,
    },
  );
  for (let effects = raft.takeEffects(); effects.length > 0; effects = raft.takeEffects()) {
    for (const effect of effects) {
      if (effect.type === 'saveHardState') raft.hardStateSaved(effect.sequence);
      else if (effect.type === 'append') raft.appended(effect.sequence);
    }
  }
  return raft;
}

/** Of a group that has come back, and never gets to have applied anything. */
function applierOf(ports: Partial<ApplierPorts> & Pick<ApplierPorts, 'readLog' | 'onFailure'>): Applier {
  const { raft = restarted() } = ports;
  return new Applier({
    raft,
    stateMachine: new Journal(),
    sessions: new SessionTable(defaultLimits),
    sessionLimits: defaultLimits,
    proposals: new ProposalQueue(1, raft, limits, () => 0, { collector: undefined }),
    tap: { collector: undefined },
    openSnapshot: () => Promise.resolve(undefined),
    restorePace: new RestorePace({}, realClock),
    onBatch: () => {},
    onRestored: () => {},
    onApplied: () => expect.unreachable(),
    ...ports,
  });
}

/** Of an entry that asks for what no version knows yet. */
const unknown = 3;

/** The three entries that the log has, commands but for those that are said to be something else. */
function batchOf(...sequences: [number, number, number]): Batch {
  const builder = new BatchBuilder(1000);
  for (const sequence of sequences) {
    builder.add(encodePayload({ session: 0, sequence, acknowledgedBelow: 0 }, Buffer.from('a command')));
  }
  const { record, count } = builder.take();
  const header = { kind: BatchKind.entries, term: 1, prevTerm: 0, firstIndex: 1, count };
  sealRecord(record, 1, header);
  return { ...header, bytes: record };
}

test.each([
  ['cannot be read', () => Promise.reject(new Error('unreadable')), { message: 'unreadable' }],
  ['are not there', () => Promise.resolve([]), { message: 'entry 1 is committed but not in the log' }],
  ['ask for what is not known here', () => Promise.resolve([batchOf(unknown, 0, 0)]), { code: 'RECORD_UNKNOWN' }],
])('committed entries that %s are a failure, not something to wait for', async (_what, readLog, expected) => {
  const raft = restarted();
  expect(raft.commitIndex).toBe(4);
  const journal = new Journal();
  const failure = new Promise((resolve) => {
    const applier: Applier = applierOf({
      raft,
      stateMachine: journal,
      readLog,
      onFailure: (error) => {
        applier.stop();
        resolve(error);
      },
    });
    applier.run();
    setTimeout(() => resolve(undefined), 1000);
  });
  expect(await failure).toMatchObject(expected);
  expect(journal.lines).toEqual([]);
});

// Node seed 640046795: a snapshot that was asked for while another was being written had entries that stood behind it as well.
test('a state that failed in the middle of a batch is captured no more: it is that of no index', async () => {
  const journal = new Journal();
  const captured = new Promise((resolve) => {
    const applier: Applier = applierOf({
      stateMachine: journal,
      readLog: () => Promise.resolve([batchOf(0, 0, unknown)]),
      onFailure: () => {
        applier.stop();
        resolve(applier.capture());
      },
    });
    expect(applier.capture()).toMatchObject({ index: 0 });
    applier.run();
  });
  expect(await captured).toBeUndefined();
  expect(journal.lines).toHaveLength(2);
});

test.each([
  ['is released', new ReplicaError('LOG_RELEASED', 'entry 1 of group 1 is no longer in the log'), undefined],
  ['cannot be read', new Error('unreadable'), { message: 'unreadable' }],
])(
  'a snapshot takes the place of the log while it is being read, and what was wanted of it %s',
  async (_what, error, expected) => {
    let refuse = (_error: Error): void => expect.unreachable();
    const reading = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    let open = (): void => expect.unreachable();
    const opening = new Promise<undefined>((resolve) => {
      open = () => resolve(undefined);
    });
    const failures: unknown[] = [];
    const applier = applierOf({
      readLog: () => reading,
      openSnapshot: () => opening,
      onFailure: (failure) => failures.push(failure),
    });
    applier.run();
    applier.restore('otherNode');
    refuse(error);
    await new Promise(setImmediate);
    expect(failures).toEqual(expected === undefined ? [] : [expect.objectContaining(expected)]);
    applier.stop();
    open();
    await new Promise(setImmediate);
  },
);
