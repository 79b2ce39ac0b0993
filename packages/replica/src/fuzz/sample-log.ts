// A log in one segment file, and a term and vote, as they lie on a disk.

import { BlockBuilder } from '../log/block-builder.ts';
import type { HardStateRecord } from '../log/hard-state-record.ts';
import { type BlockHeader, blockBytes, encodeSegmentHeader, type SegmentHeader, sectorBytes } from '../log/layout.ts';
import { createBatch } from '../log/log-testing.ts';

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
  recordCount: 0,
};

export const sampleHardState: HardStateRecord = {
  group: 1,
  sequence: 5,
  hardState: { term: 7, votedFor: 3, incident: 0 },
};

/** A segment with blocks of these numbers of records, of two groups in turn. */
export function sampleSegment(recordCounts: readonly number[]): Buffer {
  return segment(1, recordCounts, 1, 1);
}

/** Two segments, the first as long as planned: one block of two records in each. */
export function sampleSegments(): Buffer {
  const full = Buffer.alloc(sampleSegmentHeader.plannedBytes);
  segment(1, [2], 1, 1).copy(full);
  return Buffer.concat([full, segment(2, [2], 2, 2)]);
}

function segment(
  segmentId: number,
  recordCounts: readonly number[],
  firstSequence: number,
  firstIndex: number,
): Buffer {
  const builder = new BlockBuilder(1024 * 1024);
  const blocks: Buffer[] = [];
  let index = firstIndex;
  let offset = sectorBytes;
  for (const [i, recordCount] of recordCounts.entries()) {
    const items = Array.from({ length: recordCount }, (_, at) => ({
      record: createBatch({ group: 1 + (at % 2), firstIndex: index + Math.floor(at / 2), payloadBytes: 24 + at }),
    }));
    index += recordCount / 2;
    const sequence = firstSequence + i;
    const recordsBytes = items.reduce((sum, { record }) => sum + record.bytes.length, 0);
    const header = {
      ...sampleBlockHeader,
      offset,
      segmentId,
      sequence,
      durableThrough: sequence - 1,
      recordsBytes,
      recordCount,
    };
    blocks.push(Buffer.from(builder.build(header, items)));
    offset += blockBytes(recordsBytes);
  }
  return Buffer.concat([encodeSegmentHeader({ ...sampleSegmentHeader, segmentId }), ...blocks]);
}
