// What the benchmark asks of a load generator. A generator is a process of its own, in whatever language, which gets
// this as one JSON argument, so that all generators can be driven the same way (interop/etcd-load is one in Go).

import type { Acknowledgement } from '@balsa/wire';
import { BenchError } from '../bench-error.ts';

export const acknowledgements = ['weak', 'committed', 'applied'] as const;

export interface LoadSpec {
  /** `host:port` of the nodes to load, the leader first; generators connect to the first only. */
  readonly addresses: readonly string[];
  /** Simulated clients; each has at most one write in flight. */
  readonly clients: number;
  /** Connections over which the clients are spread evenly. */
  readonly connections: number;
  readonly valueBytes: number;
  /** Load before the measurement begins: compilers, caches and first-touched memory settle. */
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Writes per second over all clients (open loop); `null`: each client writes again as soon as it is answered (closed loop). */
  readonly ratePerSecond: number | null;
  readonly requestTimeoutMs: number;
  /** When a write counts as answered. Balsa only: others answer as they do. */
  readonly acknowledge: Acknowledgement;
}

const maxima = {
  clients: 100_000,
  connections: 10_000,
  valueBytes: 1 << 20,
  warmupSeconds: 3_600,
  seconds: 3_600,
  ratePerSecond: 10_000_000,
  requestTimeoutMs: 600_000,
} as const;

/** Reads the specification back in the generator. Throws ILLEGAL_ARGUMENT. */
export function parseLoadSpec(text: string | undefined): LoadSpec {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch (cause) {
    throw new BenchError('ILLEGAL_ARGUMENT', 'the load specification (first argument) must be JSON', { cause });
  }
  if (!isRecord(value)) throw new BenchError('ILLEGAL_ARGUMENT', 'the load specification must be a JSON object');
  const { addresses, ratePerSecond, acknowledge } = value;
  if (!Array.isArray(addresses) || addresses.length === 0 || !addresses.every((a) => typeof a === 'string')) {
    throw new BenchError('ILLEGAL_ARGUMENT', 'load specification: addresses must be a list of host:port');
  }
  return checkLoadSpec({
    addresses,
    clients: numberOf(value, 'clients'),
    connections: numberOf(value, 'connections'),
    valueBytes: numberOf(value, 'valueBytes'),
    warmupSeconds: numberOf(value, 'warmupSeconds'),
    seconds: numberOf(value, 'seconds'),
    ratePerSecond: ratePerSecond === null ? null : numberOf(value, 'ratePerSecond'),
    requestTimeoutMs: numberOf(value, 'requestTimeoutMs'),
    acknowledge: acknowledgementOf(acknowledge),
  });
}

/** Returns `spec` if a generator can serve it. Throws ILLEGAL_ARGUMENT. */
export function checkLoadSpec(spec: LoadSpec): LoadSpec {
  atLeast(spec, 'clients', 1);
  atLeast(spec, 'connections', 1);
  atLeast(spec, 'valueBytes', 1);
  atLeast(spec, 'warmupSeconds', 0);
  atLeast(spec, 'seconds', 1);
  atLeast(spec, 'requestTimeoutMs', 1);
  if (spec.ratePerSecond !== null) atLeast(spec, 'ratePerSecond', 1);
  if (spec.connections > spec.clients) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      `connections (${spec.connections}) may not exceed clients (${spec.clients})`,
    );
  }
  return spec;
}

function atLeast(spec: LoadSpec, field: keyof typeof maxima, minimum: number): void {
  const value = spec[field];
  if (value === null || !Number.isSafeInteger(value) || value < minimum || value > maxima[field]) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      `${field} must be a whole number from ${minimum} to ${maxima[field]}, not ${value}`,
    );
  }
}

function acknowledgementOf(value: unknown): Acknowledgement {
  const known = acknowledgements.find((name) => name === value);
  if (known === undefined) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      `load specification: acknowledge is none of ${acknowledgements.join(', ')}`,
    );
  }
  return known;
}

function numberOf(value: Record<string, unknown>, field: string): number {
  const number = value[field];
  if (typeof number !== 'number')
    throw new BenchError('ILLEGAL_ARGUMENT', `load specification: ${field} must be a number`);
  return number;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
