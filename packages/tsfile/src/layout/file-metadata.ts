// What stands at the end of a file: the roots of its index, and what holds for all of it.
//
//   version 3: root node of devices, i64 where the data end, bloom filter
//   version 4: uvarint tables, each: name as a text of variable length, root node of its devices
//              uvarint schemas of tables, each: name, schema
//              i64 where the data end (the separator lies there), bloom filter
//              properties: varint number, each: key, value as texts of variable length
//
//   schema of a table: uvarint columns, each: name behind its length as i32, u8 type, u8 encoding, u8 compression,
//              i32 properties, each two texts behind their lengths as i32, then i32 category
//
// The filter and the properties may be missing at the end.

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { TsFileLimits } from '../limits.ts';
import { BloomFilter } from './bloom-filter.ts';
import { type DeviceNode, readDeviceNode, writeDeviceNode } from './index-node.ts';
import { headBytes, type TsFileVersion } from './magic.ts';

export interface TableRoot {
  /** Empty in version 3, which has one root for all. */
  readonly table: string;
  readonly root: DeviceNode;
}

/** A column of the table model; what its codes mean is left to the reader. */
export interface TableColumn {
  readonly name: string;
  readonly typeCode: number;
  readonly encodingCode: number;
  readonly compressionCode: number;
  /** 0 tag, 1 field, 2 attribute, 3 time. */
  readonly category: number;
}

export interface TableSchema {
  readonly table: string;
  readonly columns: readonly TableColumn[];
}

export interface FileMetadata {
  readonly roots: readonly TableRoot[];
  readonly tableSchemas: readonly TableSchema[];
  /** Where the separator lies: chunks end there. */
  readonly dataEnd: number;
  readonly bloomFilter: BloomFilter | undefined;
  readonly properties: ReadonlyMap<string, string | null>;
}

/** Writes version 4, without schemas of tables and without properties. */
export function writeFileMetadata(
  { roots, dataEnd, bloomFilter }: Pick<FileMetadata, 'roots' | 'dataEnd' | 'bloomFilter'>,
  out: ByteWriter,
): void {
  out.uvarint(roots.length);
  for (const { table, root } of roots) {
    out.varText(table);
    writeDeviceNode(root, out);
  }
  out.uvarint(0);
  out.i64(BigInt(dataEnd));
  if (bloomFilter === undefined) out.uvarint(0);
  else bloomFilter.write(out);
  out.varint(0);
}

/** @param metadataOffset where the metadata lie: all that they refer to lies before that. */
export function readFileMetadata(
  version: TsFileVersion,
  source: ByteReader,
  metadataOffset: number,
  limits: TsFileLimits,
): FileMetadata {
  const roots =
    version === 3 ? [readRoot(version, '', source, metadataOffset, limits)] : readRoots(source, metadataOffset, limits);
  const tableSchemas = version === 3 ? [] : readTableSchemas(source, limits);
  const dataEnd = source.i64();
  if (dataEnd < headBytes || dataEnd >= metadataOffset) throw source.damaged(`the data end at byte ${dataEnd}`);
  const bloomFilter = source.remaining > 0 ? BloomFilter.read(source) : undefined;
  const properties = version === 4 && source.remaining > 0 ? readProperties(source, limits) : new Map<string, string>();
  source.finish();
  return { roots, tableSchemas, dataEnd: Number(dataEnd), bloomFilter, properties };
}

function readRoots(source: ByteReader, end: number, limits: TsFileLimits): TableRoot[] {
  const roots: TableRoot[] = [];
  for (let left = source.uvarint(); left > 0; left--) {
    roots.push(readRoot(4, source.name(limits.nameBytesMax), source, end, limits));
  }
  return roots;
}

function readRoot(
  version: TsFileVersion,
  table: string,
  source: ByteReader,
  end: number,
  limits: TsFileLimits,
): TableRoot {
  return { table, root: readDeviceNode(version, source, end, limits) };
}

function readTableSchemas(source: ByteReader, limits: TsFileLimits): TableSchema[] {
  const schemas: TableSchema[] = [];
  for (let left = source.uvarint(); left > 0; left--) {
    const table = source.name(limits.nameBytesMax);
    const columns: TableColumn[] = [];
    for (let columnsLeft = source.uvarint(); columnsLeft > 0; columnsLeft--) columns.push(readColumn(source, limits));
    schemas.push({ table, columns });
  }
  return schemas;
}

function readColumn(source: ByteReader, limits: TsFileLimits): TableColumn {
  const name = source.text(limits.nameBytesMax);
  const [typeCode, encodingCode, compressionCode] = [source.u8(), source.u8(), source.u8()];
  for (let left = 2 * source.i32(); left > 0; left--) source.text(limits.nameBytesMax);
  return { name, typeCode, encodingCode, compressionCode, category: source.i32() };
}

/**
 * Some writers have their number with the sign in the lowest bit, others without: only one of the two ends where the
 * metadata do.
 */
function readProperties(source: ByteReader, limits: TsFileLimits): Map<string, string | null> {
  const start = source.position;
  const signed = source.varint();
  const first = takeProperties(source, signed, limits);
  if (first !== undefined) return first;
  source.position = start;
  const second = takeProperties(source, source.uvarint(), limits);
  if (second === undefined) throw source.damaged('the properties of the file have another length');
  return second;
}

/** `undefined` if that many do not end where the metadata do. */
function takeProperties(
  source: ByteReader,
  count: number,
  limits: TsFileLimits,
): Map<string, string | null> | undefined {
  const properties = new Map<string, string | null>();
  for (let left = count; left > 0; left--) {
    if (source.remaining === 0) return undefined;
    properties.set(source.name(limits.nameBytesMax), source.varText(limits.nameBytesMax));
  }
  return source.remaining === 0 && count >= 0 ? properties : undefined;
}
