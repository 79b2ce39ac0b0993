import type { ByteReader } from './byte-reader.ts';
import { type DataType, dataTypeOf } from './data-type.ts';
import { WireError } from './errors.ts';

/** A type by its code, one byte. @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED. */
export function readDataType(reader: ByteReader): DataType {
  const code = reader.u8();
  const type = dataTypeOf(code);
  if (type === undefined) throw new WireError('BYTES_MALFORMED', `data type ${code} is not served`);
  return type;
}
