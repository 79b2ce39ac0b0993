// What is being tried, in a file: it outlives the process that it kills, however that one dies.
//
//   offset  size  field (little endian)
//        0     4  which target of the job, from 0 on
//        4     4  which input of the target, from 1 on
//        8     4  how many inputs of the target were accepted before
//       12     4  length of the input
//       16        the input

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { inputBytesMax } from '@balsa/wire/fuzz';

const headerBytes = 16;

export interface Trial {
  readonly position: number;
  readonly execution: number;
  readonly accepted: number;
  readonly input: Buffer;
}

export class TrialFile {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(headerBytes + inputBytesMax);

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  put({ position, execution, accepted, input }: Trial): void {
    const bytes = this.#bytes;
    bytes.writeUInt32LE(position, 0);
    bytes.writeUInt32LE(execution, 4);
    bytes.writeUInt32LE(accepted, 8);
    bytes.writeUInt32LE(input.length, 12);
    input.copy(bytes, headerBytes);
    // All in one, so that the head and the input of a process that dies belong together.
    writeSync(this.#file, bytes, 0, headerBytes + input.length, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** `undefined` before the first one. While it is being written the head is the last one's or the next one's. */
export function readTrial(path: string): Trial | undefined {
  // Created if need be: the process may not have come so far.
  const bytes = readFileSync(path, { flag: 'a+' });
  if (bytes.length < headerBytes) return undefined;
  return {
    position: bytes.readUInt32LE(0),
    execution: bytes.readUInt32LE(4),
    accepted: bytes.readUInt32LE(8),
    input: bytes.subarray(headerBytes, headerBytes + bytes.readUInt32LE(12)),
  };
}
