// What lies beside a TsFile: the checksums of its blocks, and the times of each of its devices, so that a file that has
// nothing for a reader is passed over without being opened.
//
//   "BLSR", u8 version
//   u32 blocks | u32 CRC-32C each
//   u32 devices, then for each: text16 path, f64 first time, f64 last time
//   u32 CRC-32C of all before

import { ByteReader, ByteWriter, crc32c, deviceBytesMax, WireError } from '@balsa/wire';
import { StorageError } from '../errors.ts';

const magic = Buffer.from('BLSR');
const version = 1;

export interface DeviceTimes {
  readonly device: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Resource {
  readonly blocks: Uint32Array;
  readonly devices: readonly DeviceTimes[];
}

export function encodeResource({ blocks, devices }: Resource): Buffer {
  const out = new ByteWriter(1024 + blocks.byteLength + 64 * devices.length);
  out.raw(magic);
  out.u8(version);
  out.u32(blocks.length);
  out.array(blocks);
  out.u32(devices.length);
  for (const { device, firstMs, lastMs } of devices) {
    out.text16(device);
    out.array(Float64Array.of(firstMs, lastMs));
  }
  out.u32(crc32c(out.written()));
  return out.written();
}

/** @throws StorageError STORAGE_DAMAGED, STORAGE_UNKNOWN. */
export function decodeResource(bytes: Buffer, file: string): Resource {
  const body = sealedBody(bytes, magic, version, file);
  try {
    const reader = new ByteReader(body);
    const blockCount = reader.u32();
    reader.expect(blockCount, 4);
    const blocks = new Uint32Array(blockCount);
    reader.fill(blocks);
    const count = reader.u32();
    const times = new Float64Array(2);
    const devices: DeviceTimes[] = [];
    for (let i = 0; i < count; i++) {
      const device = reader.text16(deviceBytesMax);
      reader.fill(times);
      devices.push({ device, firstMs: times[0]!, lastMs: times[1]! });
    }
    reader.finish();
    return { blocks, devices };
  } catch (error) {
    throw contradiction(error, file);
  }
}

/** Checks what stands before and behind the fields of a file of ours, and gives what lies between. */
export function sealedBody(bytes: Buffer, expectedMagic: Buffer, expectedVersion: number, file: string): Buffer {
  const end = bytes.length - 4;
  const headBytes = expectedMagic.length + 1;
  if (end < headBytes || bytes.readUInt32LE(end) !== crc32c(bytes.subarray(0, end))) {
    throw new StorageError('STORAGE_DAMAGED', `${file} does not have its checksum`, { file });
  }
  if (
    !bytes.subarray(0, expectedMagic.length).equals(expectedMagic) ||
    bytes[expectedMagic.length] !== expectedVersion
  ) {
    const message = `${file} is whole, but has another layout than is known here`;
    throw new StorageError('STORAGE_UNKNOWN', message, { file });
  }
  return bytes.subarray(headBytes, end);
}

/** Bytes with a good checksum that make no sense. */
export function contradiction(error: unknown, file: string): unknown {
  if (!(error instanceof WireError)) return error;
  return new StorageError('STORAGE_DAMAGED', `${file} contradicts itself: ${error.message}`, { file, cause: error });
}
