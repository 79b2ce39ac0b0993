import { expect, test } from 'vitest';
import { defaultLimits } from './host-options.ts';
import { readSessionSnapshot } from './session-snapshot.ts';
import { SessionTable } from './session-table.ts';

class Chunks implements AsyncIterable<Uint8Array> {
  isClosed = false;
  readonly #chunks: readonly Uint8Array[];

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#chunks;
    } finally {
      this.isClosed = true;
    }
  }
}

/** Of the snapshots here. */
const index = 51;

function tableOf(sessions: number): SessionTable {
  const table = new SessionTable(defaultLimits);
  for (let index = 1; index <= sessions; index++) table.open(index);
  const header = { session: 1, sequence: 1, acknowledgedBelow: 1 };
  if (sessions > 0) table.apply(sessions + 1, header, () => Buffer.from('an answer'));
  return table;
}

test.each([1, 7, 5000])(
  'what stands behind the table is left for the state machine, in chunks of %i bytes',
  async (bytes) => {
    for (const sessions of [0, 1, 50]) {
      const table = tableOf(sessions);
      const content = Buffer.concat([...table.encode(), Buffer.from('the state')]);
      const pieces: Buffer[] = [];
      for (let at = 0; at < content.length; at += bytes) pieces.push(content.subarray(at, at + bytes));
      const chunks = new Chunks(pieces);
      const { sessions: read, rest } = await readSessionSnapshot(defaultLimits, index, chunks);
      expect(read.checksum()).toBe(table.checksum());
      const behind: Uint8Array[] = [];
      for await (const chunk of rest) behind.push(chunk);
      expect(Buffer.concat(behind).toString()).toBe('the state');
      expect(chunks.isClosed).toBe(true);
    }
  },
);

test('a snapshot whose state is empty may end with the table', async () => {
  const { rest } = await readSessionSnapshot(defaultLimits, index, new Chunks([...tableOf(2).encode()]));
  expect(await rest.next()).toMatchObject({ done: true });
});

test('whoever wants no more of it, or finds it damaged, closes it', async () => {
  const unread = new Chunks([...tableOf(2).encode(), Buffer.from('the state')]);
  const { rest } = await readSessionSnapshot(defaultLimits, index, unread);
  await rest.return?.();
  expect(unread.isClosed).toBe(true);
  const [bytes] = [...tableOf(2).encode()];
  const cut = new Chunks([bytes!.subarray(0, 60)]);
  await expect(readSessionSnapshot(defaultLimits, index, cut)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  const ahead = new Chunks([...tableOf(index).encode()]);
  await expect(readSessionSnapshot(defaultLimits, index, ahead)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  const newer = new Chunks([Buffer.alloc(48, 2), Buffer.from('more')]);
  await expect(readSessionSnapshot(defaultLimits, index, newer)).rejects.toMatchObject({ code: 'RECORD_UNKNOWN' });
  expect([cut, ahead, newer].map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
});
