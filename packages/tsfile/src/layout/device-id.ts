// A device is a list of segments. The first one names its table: for a path of the tree model, its first three nodes.
//
//   version 3: the path, as a text of variable length
//   version 4: uvarint segments, each a text of variable length or none

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { argumentError } from '../errors.ts';
import type { TsFileVersion } from './magic.ts';

/** `null` only in files of the table model: a tag without a value. */
export type DeviceId = readonly (string | null)[];

const tableNodesMax = 3;
const segmentsMax = 1024;

/**
 * The device at a path such as `root.plant.line4`. Dots between backquotes do not divide.
 * @throws TsFileError TSFILE_ARGUMENT if a node is empty or a backquote is left open.
 */
export function deviceOfPath(path: string): DeviceId {
  const nodes = nodesOf(path);
  const tableNodes = nodes.length === 1 ? 1 : Math.min(tableNodesMax, nodes.length - 1);
  return [nodes.slice(0, tableNodes).join('.'), ...nodes.slice(tableNodes)];
}

export function pathOfDevice(device: DeviceId): string {
  return device.join('.');
}

/** The table whose part of the index holds the device. */
export function tableOf(device: DeviceId): string {
  return device[0] ?? '';
}

/** The order of devices in an index of version 3. */
export function comparePaths(a: DeviceId, b: DeviceId): number {
  const [left, right] = [pathOfDevice(a), pathOfDevice(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The order of devices in an index of version 4: segment by segment, by UTF-16 code units, none first. */
export function compareDevices(a: DeviceId, b: DeviceId): number {
  const count = Math.min(a.length, b.length);
  for (let i = 0; i < count; i++) {
    const [left, right] = [a[i] ?? null, b[i] ?? null];
    if (left === right) continue;
    if (left === null) return -1;
    if (right === null) return 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

export function writeDevice(device: DeviceId, out: ByteWriter): void {
  out.uvarint(device.length);
  for (const segment of device) out.varText(segment);
}

export function readDevice(version: TsFileVersion, source: ByteReader, nameBytesMax: number): DeviceId {
  if (version === 3) return deviceOfStoredPath(source, nameBytesMax);
  const count = source.uvarint();
  if (count > segmentsMax) throw source.damaged(`a device has ${count} segments`);
  const segments: (string | null)[] = [];
  for (let i = 0; i < count; i++) segments.push(source.varText(nameBytesMax));
  return count === 0 ? [''] : segments;
}

function deviceOfStoredPath(source: ByteReader, nameBytesMax: number): DeviceId {
  const path = source.name(nameBytesMax);
  try {
    return deviceOfPath(path);
  } catch {
    throw source.damaged('the path of a device is malformed');
  }
}

function nodesOf(path: string): string[] {
  const nodes: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i <= path.length; i++) {
    if (path[i] === '`') isQuoted = !isQuoted;
    else if (i === path.length || (path[i] === '.' && !isQuoted)) {
      if (i === from) throw argumentError(`a node of the path ${JSON.stringify(path)} is empty`);
      nodes.push(path.slice(from, i));
      from = i + 1;
    }
  }
  if (isQuoted) throw argumentError(`a backquote in the path ${JSON.stringify(path)} is left open`);
  if (nodes.length > segmentsMax) throw argumentError(`a path has ${nodes.length} nodes`);
  return nodes;
}
