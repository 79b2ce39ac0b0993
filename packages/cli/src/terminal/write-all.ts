import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes, and waits until the one who reads has kept up. @throws AbortError; the stream's error, such as EPIPE. */
export async function writeAll(stream: Writable, text: string, signal?: AbortSignal): Promise<void> {
  if (text === '') return;
  if (stream.errored) throw stream.errored;
  if (stream.write(text)) return;
  await once(stream, 'drain', signal === undefined ? {} : { signal });
}
