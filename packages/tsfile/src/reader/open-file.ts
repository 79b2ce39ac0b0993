// The two ends of a file.

import { ByteReader } from '../bytes/byte-reader.ts';
import { TsFileError } from '../errors.ts';
import type { ByteSource } from '../io/ports.ts';
import { type FileMetadata, readFileMetadata } from '../layout/file-metadata.ts';
import { headBytes, magic, readHead, type TsFileVersion, tailBytes } from '../layout/magic.ts';
import { Marker } from '../layout/markers.ts';
import { readSpanSectionHead, type SpanSection, spanSectionHeadBytes } from '../layout/span-statistics.ts';
import type { TsFileLimits } from '../limits.ts';

export interface FileEnds {
  readonly version: TsFileVersion;
  readonly metadata: FileMetadata;
  /** Where the metadata lie: all that the index refers to lies before. */
  readonly metadataOffset: number;
  /** Absent from what others have written. */
  readonly spans: SpanSection | undefined;
}

/** @throws TsFileError TSFILE_NOT_ONE, TSFILE_TRUNCATED, TSFILE_DAMAGED, TSFILE_UNSUPPORTED, TSFILE_OVER_LIMITS. */
export async function readEnds(source: ByteSource, limits: TsFileLimits): Promise<FileEnds> {
  const { sizeBytes } = source;
  if (sizeBytes < headBytes + tailBytes) {
    throw new TsFileError('TSFILE_NOT_ONE', `a file of ${sizeBytes} bytes is no TsFile`, { offset: 0 });
  }
  const version = readHead(new ByteReader(await source.read(0, headBytes), { offset: 0 }));
  const tailOffset = sizeBytes - tailBytes;
  const tail = new ByteReader(await source.read(tailOffset, tailBytes), { offset: tailOffset });
  const metadataOffset = metadataOffsetOf(tail, tailOffset, limits);
  const bytes = await source.read(metadataOffset, tailOffset - metadataOffset);
  const metadata = readFileMetadata(version, new ByteReader(bytes, { offset: metadataOffset }), metadataOffset, limits);
  const spans = await readSeparator(source, metadata.dataEnd, metadataOffset);
  checkEncryption(metadata, metadataOffset);
  return { version, metadata, metadataOffset, spans };
}

/** Reads the tail: where the metadata begin. */
export function metadataOffsetOf(tail: ByteReader, tailOffset: number, limits: TsFileLimits): number {
  const size = tail.i32();
  if (!tail.raw(magic.length).equals(magic)) {
    const message = 'the file does not end as a TsFile does: its writer was cut off, or it was cut later';
    throw new TsFileError('TSFILE_TRUNCATED', message, { offset: tailOffset });
  }
  if (size <= 0 || size > tailOffset - headBytes) {
    throw new TsFileError('TSFILE_DAMAGED', `the metadata have ${size} bytes`, { offset: tailOffset });
  }
  if (size > limits.metadataBytesMax) {
    const message = `metadata of ${size} bytes are over the limit of ${limits.metadataBytesMax}`;
    throw new TsFileError('TSFILE_OVER_LIMITS', message, { offset: tailOffset });
  }
  return tailOffset - size;
}

/** @throws TsFileError TSFILE_UNSUPPORTED if the pages are encrypted. */
export function checkEncryption({ properties }: FileMetadata, offset: number): void {
  const level = properties.get('encryptLevel') ?? '0';
  if (level !== '0') throw new TsFileError('TSFILE_UNSUPPORTED', 'encrypted files are not read here', { offset });
}

/** Reads the separator, and what may stand behind it. */
async function readSeparator(
  source: ByteSource,
  offset: number,
  metadataOffset: number,
): Promise<SpanSection | undefined> {
  const bytes = await source.read(offset, Math.min(1 + spanSectionHeadBytes, metadataOffset - offset));
  if (bytes[0] !== Marker.SEPARATOR) {
    throw new TsFileError('TSFILE_DAMAGED', 'no separator lies where the data are said to end', { offset });
  }
  return readSpanSectionHead(new ByteReader(bytes.subarray(1), { offset: offset + 1 }), metadataOffset);
}
