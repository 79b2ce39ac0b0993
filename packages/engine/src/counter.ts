import { type ByteReader, successResult } from '@balsa/wire';
import { AppliedIndex } from './applied-index.ts';
import type { SnapshotFormat } from './snapshot/format.ts';
import { headMissing, readSnapshot, recordOutOfPlace, type StateReader } from './snapshot/read-snapshot.ts';
import type { RecordWriter } from './snapshot/record-writer.ts';
import { SnapshotChunks } from './snapshot/snapshot-chunks.ts';

/** What a counter has counted. */
export interface CounterStatistics {
  readonly commands: number;
  readonly bytes: number;
  readonly appliedIndex: number;
}

/** A state machine that only counts, to measure a log without a store behind it. Every command succeeds. */
export class Counter {
  #applied = new AppliedIndex();
  #commands = 0;
  #bytes = 0;

  apply(index: number, command: Uint8Array): Uint8Array {
    this.#applied.advanceTo(index);
    this.#commands++;
    this.#bytes += command.length;
    return successResult;
  }

  /** The counts as they are now, as bytes. */
  snapshot(): IterableIterator<Uint8Array> {
    const counts = this.statistics();
    return new SnapshotChunks(snapshotFormat, (out) => writeCounts(out, counts));
  }

  /** Takes over the counts of a snapshot. Rejects with a SnapshotError, and then nothing has changed. */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const counts = await readSnapshot(chunks, snapshotFormat, new CountsReader());
    this.#commands = counts.commands;
    this.#bytes = counts.bytes;
    this.#applied = new AppliedIndex(counts.appliedIndex);
  }

  /** Differs with high probability if a command was lost, repeated or cut; it costs next to nothing to keep. */
  checksum(): number {
    return (Math.imul(this.#commands, 0x9e3779b1) ^ Math.imul(this.#bytes, 0x85ebca6b)) >>> 0;
  }

  statistics(): CounterStatistics {
    return { commands: this.#commands, bytes: this.#bytes, appliedIndex: this.#applied.index };
  }
}

/** One record, of type 1: u64 commands | u64 bytes | u64 index of the last command. */
const snapshotFormat: SnapshotFormat = { machine: 1, version: 1 };
const countsRecord = 1;

function* writeCounts(out: RecordWriter, counts: CounterStatistics): Generator<void> {
  out.begin(countsRecord);
  out.u64(counts.commands);
  out.u64(counts.bytes);
  out.u64(counts.appliedIndex);
  out.end();
  yield;
}

class CountsReader implements StateReader<CounterStatistics> {
  #counts: CounterStatistics | undefined;

  accept(type: number, body: ByteReader): void {
    if (type !== countsRecord || this.#counts !== undefined) throw recordOutOfPlace(type);
    this.#counts = { commands: body.u64(), bytes: body.u64(), appliedIndex: body.u64() };
  }

  finish(): CounterStatistics {
    if (this.#counts === undefined) throw headMissing();
    return this.#counts;
  }
}
