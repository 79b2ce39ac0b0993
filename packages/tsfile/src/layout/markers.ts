/** The byte that says what follows it, behind the head of a file and behind every chunk. */
export const Marker = {
  CHUNK_GROUP: 0,
  CHUNK: 1,
  /** Behind the last chunk group; the index follows. */
  SEPARATOR: 2,
  /** Of older writers: i64 version. */
  VERSION: 3,
  /** Two i64: which operations a memory table held. */
  OPERATION_INDEX_RANGE: 4,
  CHUNK_OF_ONE_PAGE: 5,
} as const;

/** Added to a chunk's marker, and to the kind of a series in the index. */
export const timeColumnMask = 0x80;
export const valueColumnMask = 0x40;
