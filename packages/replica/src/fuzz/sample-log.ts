// A log in one segment file, and a term and vote, as they lie on a disk.

import { configurationOf } from '@balsa/raft';
import { BlockBuilder } from '../log/block-builder.ts';
import type { HardStateRecord } from '../log/hard-state-record.ts';
import { type BlockHeader, blockBytes, encodeSegmentHeader, type SegmentHeader, sectorBytes } from '../log/layout.ts';
import { createBatch, createConfigurationBatch } from '../log/log-testing.ts';
import { type LogRecord, sealReset } from '../record.ts';

export const sampleSegmentHeader: SegmentHeader = { logId: 0x1234_5678_9abcn, segmentId: 1, plannedBytes: 32 * 1024 };

export const sampleBlockHeader: BlockHeader = {
  offset: sectorBytes,
  logId: sampleSegmentHeader.logId,
  segmentId: 1,
  sequence: 5,
  durableThrough: 4,
  firstSegment: 1,
  incarnation: 2,
  recordsBytes: 0,
  recordsChecksum: 0,
};

export const sampleHardState: HardStateRecord = {
  group: 1,
  sequence: 5,
  hardState: { term: 7, votedFor: 3, incident: 0 },
};

/** A segment with blocks of these numbers of records, of two groups in turn. */
export function sampleSegment(recordCounts: readonly number[]): Buffer {
  return segment(1, 1, entries(recordCounts, 1));
}

/** Two segments, the first as long as planned: one block of two records in each. */
export function sampleSegments(): Buffer {
  const full = Buffer.alloc(sampleSegmentHeader.plannedBytes);
  segment(1, 1, entries([2], 1)).copy(full);
  return Buffer.concat([full, segment(2, 2, entries([2], 2))]);
}

/** A segment in which groups begin anew, one leaves and comes back, and members change. */
export function sampleSegmentWithResets(): Buffer {
  const configuration = configurationOf([1, 2, 3]);
  return segment(1, 1, [
    [createBatch({ group: 1, firstIndex: 1 }), createConfigurationBatch({ group: 2, firstIndex: 1, configuration })],
    [sealReset(1, { index: 50, term: 4 }), sealReset(2, { index: 0, term: 0 })],
    [createBatch({ group: 2, firstIndex: 1 }), createBatch({ group: 1, firstIndex: 51, term: 5, prevTerm: 4 })],
  ]);
}

/** What is left of a log that has let its beginning go. */
export function sampleLaterSegment(): Buffer {
  const blocks = [
    [createBatch({ group: 1, firstIndex: 60 }), createBatch({ group: 2, firstIndex: 20 })],
    [createBatch({ group: 1, firstIndex: 40, term: 3, prevTerm: 2 }), sealReset(2, { index: 20, term: 1 })],
  ];
  return segment(4, 9, blocks, 4);
}

/** One record a batch, of two groups in turn. */
function entries(recordCounts: readonly number[], firstIndex: number): LogRecord[][] {
  let index = firstIndex;
  return recordCounts.map((recordCount) => {
    const records = Array.from({ length: recordCount }, (_, at) =>
      createBatch({ group: 1 + (at % 2), firstIndex: index + Math.floor(at / 2), payloadBytes: 24 + at }),
    );
    index += recordCount / 2;
    return records;
  });
}

function segment(
  segmentId: number,
  firstSequence: number,
  blocksOfRecords: readonly (readonly LogRecord[])[],
  firstSegment = 1,
): Buffer {
  const builder = new BlockBuilder(1024 * 1024);
  const blocks: Buffer[] = [];
  let offset = sectorBytes;
  for (const [i, records] of blocksOfRecords.entries()) {
    const sequence = firstSequence + i;
    const recordsBytes = records.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const header = {
      ...sampleBlockHeader,
      offset,
      segmentId,
      firstSegment,
      sequence,
      durableThrough: sequence - 1,
      recordsBytes,
    };
    const items = records.map((record) => ({ record }));
    blocks.push(Buffer.from(builder.build(header, items)));
    offset += blockBytes(recordsBytes);
  }
  return Buffer.concat([encodeSegmentHeader({ ...sampleSegmentHeader, segmentId }), ...blocks]);
}
