import { describe, expect, test } from 'vitest';
import { resealHeader } from '../fuzz/reseal.ts';
import { sampleBlockHeader, sampleHardState, sampleSegmentHeader } from '../fuzz/sample-log.ts';
import { decodeHardState, encodeHardState } from './hard-state-record.ts';
import {
  blockHeaderBytes,
  decodeBlockHeader,
  decodeSegmentHeader,
  encodeBlockHeader,
  encodeSegmentHeader,
} from './layout.ts';

function blockHeader(): Buffer {
  const bytes = Buffer.alloc(blockHeaderBytes);
  encodeBlockHeader(bytes, sampleBlockHeader);
  return bytes;
}

// Found by `npm run fuzz`: such numbers were accepted and rounded.
describe('a header whose checksum is right, but with a number beyond 2^53, is none:', () => {
  test.each<[string, Buffer, (bytes: Buffer) => object | undefined, readonly number[]]>([
    ['a segment', encodeSegmentHeader(sampleSegmentHeader), decodeSegmentHeader, [24, 32]],
    ['a block', blockHeader(), (bytes) => decodeBlockHeader(bytes, 0, sampleBlockHeader.offset), [24, 32, 40, 48]],
    ['term and vote', encodeHardState(sampleHardState), decodeHardState, [16, 24, 32, 40]],
  ])('%s', (_what, intact, decode, offsets) => {
    expect(decode(intact)).toBeDefined();
    for (const offset of offsets) {
      const bytes = Buffer.from(intact);
      bytes.writeBigUInt64LE(2n ** 53n, offset);
      resealHeader(bytes, 0);
      expect(decode(bytes), `at ${offset}`).toBeUndefined();
      bytes.writeBigUInt64LE(2n ** 53n - 1n, offset);
      resealHeader(bytes, 0);
      expect(decode(bytes), `at ${offset}`).toBeDefined();
    }
  });
});

test('a block that lies elsewhere than it says is none', () => {
  const { offset } = sampleBlockHeader;
  expect(decodeBlockHeader(blockHeader(), 0, offset)).toBeDefined();
  expect(decodeBlockHeader(blockHeader(), 0, offset + 4096)).toBeUndefined();
});
