// What lies on a disk, one structure at a time.

import { decoderTarget, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';
import { ReplicaError } from '../errors.ts';
import { encodeHardState } from '../log/hard-state-record.ts';
import { recoverSlot } from '../log/hard-state-recovery.ts';
import {
  blockHeaderBytes,
  decodeBlockHeader,
  decodeSegmentHeader,
  encodeBlockHeader,
  encodeSegmentHeader,
  sectorBytes,
} from '../log/layout.ts';
import { resealHeader } from './reseal.ts';
import { sampleBlockHeader, sampleHardState, sampleSegmentHeader } from './sample-log.ts';

const segmentHeader = decoderTarget({
  name: 'replica/segment-header',
  corpus: [encodeSegmentHeader(sampleSegmentHeader)],
  refusals: [ReplicaError],
  reseal: (bytes) => resealHeader(bytes, 0),
  decode: (input) => expectExact(decodeSegmentHeader(input)),
  encode: encodeSegmentHeader,
});

const blockHeader = decoderTarget({
  name: 'replica/block-header',
  corpus: [blockHeaderOf(sampleBlockHeader)],
  refusals: [ReplicaError],
  reseal: (bytes) => resealHeader(bytes, 0),
  decode: (input) => expectExact(decodeBlockHeader(input, 0, sampleBlockHeader.offset)),
  encode: blockHeaderOf,
});

/** Input: both copies of a group's term and vote. */
const hardState = decoderTarget({
  name: 'replica/hard-state',
  corpus: [
    Buffer.concat([encodeHardState(sampleHardState), encodeHardState(sampleHardState)]),
    Buffer.concat([encodeHardState({ ...sampleHardState, sequence: 6 }), encodeHardState(sampleHardState)]),
    Buffer.concat([encodeHardState(sampleHardState), Buffer.alloc(sectorBytes)]),
  ],
  refusals: [ReplicaError],
  reseal: (bytes) => {
    resealHeader(bytes, 0);
    resealHeader(bytes, sectorBytes);
  },
  decode: (input) => {
    const sectors = Buffer.alloc(2 * sectorBytes);
    input.copy(sectors);
    const record = recoverSlot(sectors.subarray(0, sectorBytes), sectors.subarray(sectorBytes), 'a slot');
    if (record === undefined) throw new ReplicaError('HARD_STATE_DAMAGED', 'nothing was ever answered from here');
    expectExact(record.hardState);
    return record;
  },
  encode: (record) => Buffer.concat([encodeHardState(record), encodeHardState(record)]),
});

export const diskTargets: readonly FuzzTarget[] = [segmentHeader, blockHeader, hardState];

/** What is no header is refused; the numbers of one that is taken are exact. */
function expectExact<Value extends object>(value: Value | undefined): Value {
  if (value === undefined) throw new ReplicaError('RECORD_DAMAGED', 'no header');
  for (const [name, number] of Object.entries(value)) {
    if (typeof number === 'number' && !Number.isSafeInteger(number)) {
      throw new FuzzFinding(`${name} was accepted as ${number}`);
    }
  }
  return value;
}

function blockHeaderOf(header: typeof sampleBlockHeader): Buffer {
  const bytes = Buffer.alloc(blockHeaderBytes);
  encodeBlockHeader(bytes, header);
  return bytes;
}
