// The manifest names the files that make up the state, and the command it stands for. It is replaced in one step, so that
// there always is one, whole.
//
//   "BLSM", u8 version
//   u64 applied index, u64 rows applied, u64 the next flush's number
//   f64 clock of expiry | u32 rules, then for each: text16 path, f64 milliseconds
//   u32 tombstones, then for each: u64 index, text16 pattern, f64 start, f64 end, u16 exceptions, text16 each
//   u32 catalog files, then for each: file
//   u32 data files, then for each: file | its resource: file | u8 1 if its points are in order | u64 flush number
//       u64 index | u64 points | f64 first time, f64 last time
//   u32 CRC-32C of all before
//
//   file: text16 name, u64 bytes, u32 CRC-32C

import { ByteReader, ByteWriter, crc32c, cutText, WireError } from '@balsa/wire';
import { parsePathPattern } from '../../path-pattern.ts';
import { StorageError } from '../errors.ts';
import type { Tombstone } from '../tombstones/tombstone.ts';
import { type TtlRule, TtlRules } from '../tombstones/ttl.ts';
import { contradiction, sealedBody } from './resource.ts';

export const manifestName = 'manifest';
export const manifestBytesMax: number = 256 * 1024 * 1024;
const magic = Buffer.from('BLSM');
const version = 1;

/** A file by what is in it: names are drawn, so that no two files of different content have one. */
export interface FileIdentity {
  readonly name: string;
  readonly sizeBytes: number;
  /** CRC-32C of all its bytes. */
  readonly checksum: number;
}

export interface DataFileEntry {
  readonly file: FileIdentity;
  readonly resource: FileIdentity;
  /** No other such file has points of the same series at the same time, and all files out of order come after them all. */
  readonly isInOrder: boolean;
  /** Of files out of order, the later one has the later values. */
  readonly flush: number;
  /** It has no point that was written by a later command; what was deleted up to here is not in it. */
  readonly index: number;
  readonly points: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Manifest {
  readonly appliedIndex: number;
  readonly rowsApplied: number;
  readonly nextFlush: number;
  readonly ttl: TtlRules;
  readonly tombstones: readonly Tombstone[];
  /** Read one behind the other. */
  readonly catalog: readonly FileIdentity[];
  readonly files: readonly DataFileEntry[];
}

export const emptyManifest: Manifest = {
  appliedIndex: 0,
  rowsApplied: 0,
  nextFlush: 1,
  ttl: TtlRules.none,
  tombstones: [],
  catalog: [],
  files: [],
};

/** All files that the manifest needs. */
export function filesOf({ catalog, files }: Manifest): FileIdentity[] {
  return [...catalog, ...files.flatMap(({ file, resource }) => [file, resource])];
}

export function encodeManifest(manifest: Manifest): Buffer {
  const out = new ByteWriter(4096);
  out.raw(magic);
  out.u8(version);
  out.u64(manifest.appliedIndex);
  out.u64(manifest.rowsApplied);
  out.u64(manifest.nextFlush);
  writeNumbers(out, manifest.ttl.clockMs);
  out.u32(manifest.ttl.rules.length);
  for (const { path, ttlMs } of manifest.ttl.rules) {
    out.text16(path);
    writeNumbers(out, ttlMs);
  }
  out.u32(manifest.tombstones.length);
  for (const { index, pattern, startMs, endMs, except } of manifest.tombstones) {
    out.u64(index);
    out.text16(pattern.text);
    writeNumbers(out, startMs, endMs);
    out.u16(except.length);
    for (const path of except) out.text16(path);
  }
  out.u32(manifest.catalog.length);
  for (const file of manifest.catalog) writeFile(out, file);
  out.u32(manifest.files.length);
  for (const entry of manifest.files) {
    writeFile(out, entry.file);
    writeFile(out, entry.resource);
    out.u8(entry.isInOrder ? 1 : 0);
    out.u64(entry.flush);
    out.u64(entry.index);
    out.u64(entry.points);
    writeNumbers(out, entry.firstMs, entry.lastMs);
  }
  out.u32(crc32c(out.written()));
  return out.written();
}

/** @throws StorageError STORAGE_DAMAGED, STORAGE_UNKNOWN. */
export function decodeManifest(bytes: Buffer, file: string = manifestName): Manifest {
  const body = sealedBody(bytes, magic, version, file);
  try {
    return readManifest(new ByteReader(body), file);
  } catch (error) {
    throw contradiction(error, file);
  }
}

function readManifest(reader: ByteReader, file: string): Manifest {
  const appliedIndex = reader.u64();
  const rowsApplied = reader.u64();
  const nextFlush = reader.u64();
  const clockMs = readNumber(reader);
  const rules = readList(reader, (): TtlRule => ({ path: reader.text16(), ttlMs: readNumber(reader) }));
  const tombstones = readList(reader, () => readTombstone(reader, file));
  const catalog = readList(reader, () => readFile(reader, file));
  const files = readList(reader, (): DataFileEntry => {
    const identity = readFile(reader, file);
    const resource = readFile(reader, file);
    const isInOrder = reader.u8() === 1;
    const [flush, index, points] = [reader.u64(), reader.u64(), reader.u64()];
    const [firstMs, lastMs] = [readNumber(reader), readNumber(reader)];
    expect(firstMs <= lastMs, 'a span of time');
    return { file: identity, resource, isInOrder, flush, index, points, firstMs, lastMs };
  });
  reader.finish();
  expect(clockMs === Number.NEGATIVE_INFINITY || Number.isSafeInteger(clockMs), 'a clock');
  expect(
    rules.every(({ ttlMs }) => Number.isSafeInteger(ttlMs) && ttlMs > 0),
    'a time to live',
  );
  const names = [...catalog, ...files.flatMap((it) => [it.file, it.resource])].map(({ name }) => name);
  expect(new Set(names).size === names.length, 'a name');
  return { appliedIndex, rowsApplied, nextFlush, ttl: new TtlRules(rules, clockMs), tombstones, catalog, files };
}

function readTombstone(reader: ByteReader, file: string): Tombstone {
  const index = reader.u64();
  const text = reader.text16();
  const pattern = parsePathPattern(text);
  if (pattern === undefined)
    throw new StorageError('STORAGE_DAMAGED', `"${cutText(text, 100)}" is no pattern`, { file });
  const [startMs, endMs] = [readNumber(reader), readNumber(reader)];
  expect(startMs < endMs, 'a range');
  const except = Array.from({ length: reader.u16() }, () => reader.text16());
  return { index, pattern, startMs, endMs, except };
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new WireError('BYTES_MALFORMED', `${what} makes no sense`);
}

/** Names come from other nodes, too: they must not lead out of the folder. */
const fileName = /^[a-z0-9][a-z0-9.-]{0,99}$/;

function readFile(reader: ByteReader, file: string): FileIdentity {
  const name = reader.text16();
  if (!fileName.test(name) || name === manifestName) {
    throw new StorageError('STORAGE_DAMAGED', `"${cutText(name, 100)}" is no name of a file`, { file });
  }
  return { name, sizeBytes: reader.u64(), checksum: reader.u32() };
}

function writeFile(out: ByteWriter, { name, sizeBytes, checksum }: FileIdentity): void {
  out.text16(name);
  out.u64(sizeBytes);
  out.u32(checksum);
}

function readList<T>(reader: ByteReader, read: () => T): T[] {
  const count = reader.u32();
  // Every element takes some bytes: memory is taken as they come.
  const list: T[] = [];
  for (let i = 0; i < count; i++) list.push(read());
  return list;
}

function readNumber(reader: ByteReader): number {
  const number = new Float64Array(1);
  reader.fill(number);
  return number[0]!;
}

function writeNumbers(out: ByteWriter, ...numbers: number[]): void {
  out.array(Float64Array.from(numbers));
}
