// A node of the index tree. Devices are above, each with a tree of its measurements below it; in the leaves of those, every
// entry leads to the metadata of up to 256 series.
//
//   uvarint  entries
//   entries: a device, or the name of a measurement: the first below it; i64 where it leads to
//   i64      where what the last entry leads to ends
//   u8       kind
//
// What an entry leads to ends where that of the next begins. A node lies behind all that it leads to.

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { TsFileLimits } from '../limits.ts';
import { type DeviceId, readDevice, writeDevice } from './device-id.ts';
import type { TsFileVersion } from './magic.ts';

export const NodeKind = { INTERNAL_DEVICE: 0, LEAF_DEVICE: 1, INTERNAL_MEASUREMENT: 2, LEAF_MEASUREMENT: 3 } as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

/** How many entries a node has at most, and to how many series an entry of a leaf leads. */
export const degreeMax = 256;

export interface IndexEntry<Key> {
  readonly key: Key;
  readonly from: number;
  readonly to: number;
}

export interface DeviceNode {
  readonly kind: typeof NodeKind.INTERNAL_DEVICE | typeof NodeKind.LEAF_DEVICE;
  readonly entries: readonly IndexEntry<DeviceId>[];
}

export interface MeasurementNode {
  readonly kind: typeof NodeKind.INTERNAL_MEASUREMENT | typeof NodeKind.LEAF_MEASUREMENT;
  readonly entries: readonly IndexEntry<string>[];
}

export function writeDeviceNode({ kind, entries }: DeviceNode, out: ByteWriter): void {
  out.uvarint(entries.length);
  for (const { key, from } of entries) {
    writeDevice(key, out);
    out.i64(BigInt(from));
  }
  writeEnd(kind, entries, out);
}

export function writeMeasurementNode({ kind, entries }: MeasurementNode, out: ByteWriter): void {
  out.uvarint(entries.length);
  for (const { key, from } of entries) {
    out.varText(key);
    out.i64(BigInt(from));
  }
  writeEnd(kind, entries, out);
}

function writeEnd(kind: NodeKind, entries: readonly IndexEntry<unknown>[], out: ByteWriter): void {
  out.i64(BigInt(entries.at(-1)?.to ?? 0));
  out.u8(kind);
}

/** @param end what the node leads to lies before this place. */
export function readDeviceNode(
  version: TsFileVersion,
  source: ByteReader,
  end: number,
  limits: TsFileLimits,
): DeviceNode {
  const { entries, kind } = readNode(source, end, () => readDevice(version, source, limits.nameBytesMax));
  if (kind !== NodeKind.INTERNAL_DEVICE && kind !== NodeKind.LEAF_DEVICE) {
    throw source.damaged(`a node of the index is of kind ${kind} where one of devices is expected`);
  }
  return { kind, entries };
}

/** @param end what the node leads to lies before this place. */
export function readMeasurementNode(source: ByteReader, end: number, limits: TsFileLimits): MeasurementNode {
  const { entries, kind } = readNode(source, end, () => source.name(limits.nameBytesMax));
  if (kind !== NodeKind.INTERNAL_MEASUREMENT && kind !== NodeKind.LEAF_MEASUREMENT) {
    throw source.damaged(`a node of the index is of kind ${kind} where one of measurements is expected`);
  }
  return { kind, entries };
}

const entryBytesMin = 9;

function readNode<Key>(
  source: ByteReader,
  end: number,
  readKey: () => Key,
): { entries: IndexEntry<Key>[]; kind: number } {
  const count = source.uvarint();
  source.expect(count, entryBytesMin);
  const keys: Key[] = [];
  const places: number[] = [];
  for (let i = 0; i < count; i++) {
    keys.push(readKey());
    places.push(readPlace(source, end));
  }
  places.push(readPlace(source, end));
  const kind = source.u8();
  const entries = keys.map((key, i) => ({ key, from: places[i] ?? 0, to: places[i + 1] ?? 0 }));
  if (entries.some(({ from, to }) => from >= to)) throw source.damaged('a node of the index leads backwards');
  return { entries, kind };
}

function readPlace(source: ByteReader, end: number): number {
  const place = source.i64();
  if (place < 0n || place > BigInt(end)) throw source.damaged(`a node of the index leads to byte ${place}`);
  return Number(place);
}
