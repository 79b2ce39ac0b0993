// The parent's side of a generator: starts the process, hears its events, and ends it in any case.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BenchError } from '../bench-error.ts';
import { type LoadReport, parseLoadEvent } from './events.ts';
import type { LoadSpec } from './spec.ts';

/** How a generator is started; the specification is appended as its last argument. */
export interface GeneratorCommand {
  readonly command: string;
  readonly arguments: readonly string[];
}

export interface LoadListener {
  /** Both may wait for samples of other processes; the report is only returned when they have. */
  onMeasuring(generatorPid: number): Promise<void>;
  onMeasured(): Promise<void>;
  onProgress(operationsPerSecond: number): void;
}

/** Time beyond the load itself that a generator may take to start, connect, open its sessions and wait for the last answers. */
const marginMs = 60_000;
const stderrBytesMax = 4096;

/** Throws GENERATOR_FAILED or INTERRUPTED; the process is gone when this returns or throws. */
export async function runLoad(
  { command, arguments: args }: GeneratorCommand,
  spec: LoadSpec,
  listener: LoadListener,
  signal: AbortSignal,
): Promise<LoadReport> {
  signal.throwIfAborted();
  const child = spawn(command, [...args, JSON.stringify(spec)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('close', resolve));
  const timeoutMs = (spec.warmupSeconds + spec.seconds) * 1000 + spec.requestTimeoutMs + marginMs;
  const end = (): void => {
    child.kill('SIGKILL');
  };
  const deadline = setTimeout(end, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  let startError: Error | undefined;
  child.once('error', (error) => {
    startError = error;
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrBytesMax);
  });
  try {
    let report: LoadReport | undefined;
    const samples: Promise<void>[] = [];
    const take = (sample: Promise<void>): void => {
      samples.push(sample);
      // Failures are thrown below, once the generator has ended; until then nobody awaits them.
      sample.catch(() => undefined);
    };
    for await (const line of createInterface({ input: child.stdout })) {
      const event = parseLoadEvent(line);
      if (event.event === 'measuring') take(listener.onMeasuring(child.pid ?? 0));
      else if (event.event === 'measured') take(listener.onMeasured());
      else if (event.event === 'progress') listener.onProgress(event.operationsPerSecond);
      else if (event.event === 'failed') throw new BenchError('GENERATOR_FAILED', `load generator: ${event.message}`);
      else if (event.event === 'report') report = event;
    }
    signal.throwIfAborted();
    if (report === undefined) {
      const reason = startError?.message ?? (stderr.trim() || `no report within ${timeoutMs} ms`);
      throw new BenchError('GENERATOR_FAILED', `load generator ${command} ended without a report: ${reason}`);
    }
    await Promise.all(samples);
    return report;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', end);
    end();
    await exited;
  }
}
