// A time-series database under test: its processes, how it is written to and asked, and what it leaves on the disk.

import { BenchError } from '../bench-error.ts';
import type { ServerProcess } from '../targets/target.ts';
import type { Batch } from './batches.ts';
import type { HttpAnswer } from './http-client.ts';
import type { Answer, Question } from './question.ts';

/** A batch, encoded: what is measured begins when it is sent. */
export interface Message {
  readonly bytes: number;
  /** Resolves when the target has acknowledged it. Throws NO_SUCCESS if it does not. */
  send(): Promise<void>;
}

/** Bytes on the disk, of all nodes. */
export interface DiskUse {
  /** Points, with whatever is needed to find them. */
  readonly storageBytes: number;
  /** What is there for the sake of durability, and goes when points are in the storage. */
  readonly logBytes: number;
}

export interface SeriesTarget {
  /** The key under which results and ratios stand. */
  readonly system: string;
  /** For the reader of a report: version, protocol, durability. */
  readonly description: string;
  readonly processes: readonly ServerProcess[];
  encode(batch: Batch): Message;
  /** Resolves when the last byte of the answer is there, with what reads it. Throws NO_SUCCESS. */
  ask(question: Question): Promise<() => Answer>;
  /** Resolves when everything is flushed and merged, or after a while. */
  settle(): Promise<Settling>;
  /** Ends every process; the files stay. */
  stop(): Promise<void>;
  /** To be asked when it has stopped. */
  diskUse(): DiskUse;
}

export interface Settling {
  readonly seconds: number;
  /** False: it was still at work when patience ended. */
  readonly isQuiet: boolean;
}

/** Every way in which a series database can be reached in these benchmarks has these. */
export interface TargetOptions {
  /** Connections over HTTP. */
  readonly connections: number;
  readonly folder: string;
}

/** Throws NO_SUCCESS unless the HTTP status says that all is well. */
export function requireSuccess(system: string, what: string, { status, body }: HttpAnswer): string {
  if (status >= 200 && status < 300) return body;
  throw refused(system, what, `${status} ${body}`);
}

export function refused(system: string, what: string, answer: string): BenchError {
  return new BenchError('NO_SUCCESS', `${system} did not take ${what}: ${answer.slice(0, wordsMax)}`);
}

/** Reads an answer later, when no time counts. It throws NO_SUCCESS for what `read` throws at: that is no answer. */
export function laterAnswer(system: string, what: string, body: string, read: () => Answer): () => Answer {
  return () => {
    try {
      return read();
    } catch {
      throw refused(system, what, body);
    }
  };
}

const wordsMax = 500;
