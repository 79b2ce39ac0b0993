// The lines of a file, some at a time, with how far that is.

import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { CliError } from '../errors.ts';

const PART_BYTES = 256 << 10;
const LINE_CHARS_MAX = 16 << 20;
const BYTE_ORDER_MARK = '\ufeff';

export interface LinesRead {
  /** Divided at `\n`: a `\r` before it is still there, since it may belong to a text. */
  readonly lines: readonly string[];
  readonly bytesRead: number;
}

/** @throws CliError FILE_UNREADABLE, CSV_BROKEN: a line has no end. */
export async function* fileLines(path: string): AsyncGenerator<LinesRead, void, undefined> {
  const file = await open(path, 'r').catch((error: Error) => {
    throw new CliError('FILE_UNREADABLE', `${path} cannot be read: ${error.message}`, { cause: error });
  });
  try {
    const decoder = new StringDecoder('utf8');
    const part = Buffer.allocUnsafe(PART_BYTES);
    let bytesBefore = 0;
    let tail = '';
    for (;;) {
      const { bytesRead } = await file.read(part, 0, PART_BYTES, null);
      if (bytesRead === 0) break;
      const text = decoder.write(part.subarray(0, bytesRead));
      const lines = (tail + (bytesBefore === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text)).split('\n');
      bytesBefore += bytesRead;
      tail = lines.pop() ?? '';
      if (tail.length > LINE_CHARS_MAX) throw new CliError('CSV_BROKEN', `${path}: a line has no end`);
      if (lines.length > 0) yield { lines, bytesRead: bytesBefore };
    }
    const last = tail + decoder.end();
    if (last !== '') yield { lines: [last], bytesRead: bytesBefore };
  } finally {
    await file.close();
  }
}
