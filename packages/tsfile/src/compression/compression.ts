/** How pages are compressed, by the codes that stand in files. */
export const Compression = {
  UNCOMPRESSED: 0,
  /** A raw block, without Snappy's framing. */
  SNAPPY: 1,
  GZIP: 2,
  /** A raw block, without LZ4's framing and without a size. */
  LZ4: 7,
  /** A frame, as zstd makes it. */
  ZSTD: 8,
} as const;
export type Compression = (typeof Compression)[keyof typeof Compression];
export type CompressionName = keyof typeof Compression;

export const compressions: readonly Compression[] = Object.values(Compression);

const byCode = new Map<number, Compression>(compressions.map((compression) => [compression, compression]));
const nameByCode = new Map<number, CompressionName>(
  Object.entries(Compression).map(([name, code]) => [code, name as CompressionName]),
);

/** The compression with this code, or `undefined`. */
export function compressionOf(code: number): Compression | undefined {
  return byCode.get(code);
}

export function compressionName(compression: Compression): CompressionName {
  return nameByCode.get(compression) as CompressionName;
}
