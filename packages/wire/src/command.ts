// Commands of the data group: what its state machine applies.
//
//   u8   operation
//   body, here a tablet

import { ByteWriter } from './byte-writer.ts';
import { type Tablet, tabletBytes, writeTablet } from './tablet.ts';

export const CommandOperation = {
  insertTablet: 1,
} as const;
export type CommandOperation = (typeof CommandOperation)[keyof typeof CommandOperation];

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the tablet contradicts itself or is over a limit. */
export function encodeInsertTablet(tablet: Tablet): Buffer {
  const writer = new ByteWriter(1 + tabletBytes(tablet));
  writer.u8(CommandOperation.insertTablet);
  writeTablet(writer, tablet);
  return writer.written();
}
