/** What reads have touched, and what statistics have spared them. Counts go up; whoever wants a difference looks twice. */
export interface ReadCounters {
  /** Files that have nothing of a series, by the times of their devices or their bloom filter. */
  filesSkipped: number;
  /** Chunks of which pages were looked at. */
  chunksRead: number;
  /** Chunks outside of the times that were asked for, or of which all is deleted. */
  chunksSkipped: number;
  /** Chunks whose statistics were answer enough. */
  chunksSummarized: number;
  /** Pages that were decoded. */
  pagesRead: number;
  pagesSkipped: number;
  pagesSummarized: number;
  /** Spans of chunks and pages, such as hours, whose statistics were answer enough. */
  spansSummarized: number;
}

export function newReadCounters(): ReadCounters {
  return {
    filesSkipped: 0,
    chunksRead: 0,
    chunksSkipped: 0,
    chunksSummarized: 0,
    pagesRead: 0,
    pagesSkipped: 0,
    pagesSummarized: 0,
    spansSummarized: 0,
  };
}
