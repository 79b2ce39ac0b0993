// The life of a generator process written in Node: specification in, events out, dead when its parent is dead.

import { LoadDriver, type WriteChannel } from './driver.ts';
import type { LoadEvent } from './events.ts';
import { type LoadSpec, parseLoadSpec } from './spec.ts';

/** Told the status of each client's write. */
export type OnAnswer = (client: number, status: number) => void;

export interface OpenChannel extends WriteChannel {
  close(): Promise<void>;
}

/** Runs the process: connects by `open`, drives the load, prints the report, exits. */
export async function runGenerator(open: (spec: LoadSpec, onAnswer: OnAnswer) => Promise<OpenChannel>): Promise<void> {
  // The parent holds the other end of standard input: its end is the parent's end.
  process.stdin.resume().once('end', () => process.exit(1));
  try {
    const spec = parseLoadSpec(process.argv[2]);
    const driver = new LoadDriver(spec, emit);
    const channel = await open(spec, (client, status) => driver.answered(client, status));
    emit({ event: 'ready' });
    emit(await driver.run(channel));
    await channel.close();
    process.exitCode = 0;
  } catch (error) {
    emit({ event: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
  process.stdin.destroy();
}

function emit(event: LoadEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
