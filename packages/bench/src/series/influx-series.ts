// InfluxDB 1.x under test, with its defaults but for: addresses and folders; its own monitoring and the logs of requests, which are off; and when it
// flushes and compacts what nobody writes to any more, which is after seconds and not after 10 minutes and 4 hours, so that its files can be
// measured. It flushes its write-ahead log before it answers (`wal-fsync-delay` is 0 by default).

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { folderBytes } from '../measure/folder-bytes.ts';
import { findProgram } from '../targets/find-program.ts';
import { awaitQuiet } from './await-quiet.ts';
import type { DataShape } from './data-shape.ts';
import { influxLines } from './formats.ts';
import { influxQl, readInfluxAnswer } from './influx-ql.ts';
import { PeerServer } from './peer-server.ts';
import { laterAnswer, requireSuccess, type SeriesTarget, type TargetOptions } from './series-target.ts';

const system = 'influxdb';
const coldSeconds = 3;
const versionTimeoutMs = 10_000;

/** Throws PEER_MISSING or PEER_FAILED. */
export async function startInfluxSeries(
  { connections, folder }: TargetOptions,
  shape: DataShape,
  signal: AbortSignal,
): Promise<SeriesTarget> {
  const program = findInflux();
  const [httpPort, rpcPort] = await findFreePorts(2);
  const address = `127.0.0.1:${httpPort}`;
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'influxdb.conf');
  writeFileSync(configFile, configuration(folder, address, `127.0.0.1:${rpcPort}`));
  const { stdout } = await promisify(execFile)(program, ['version'], { timeout: versionTimeoutMs });
  const args = ['run', '-config', configFile];
  const server = await PeerServer.start(
    { system, program, args, folder, address, connections, healthPath: '/ping' },
    signal,
  );
  try {
    requireSuccess(system, 'a database', await server.http.post(`/query?${query('create database bench')}`, '', form));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    system,
    description:
      `${stdout.trim().split(' (')[0]}, its WAL flushed before the answer; line protocol, InfluxQL; ` +
      `flushes and compacts after ${coldSeconds} s without writes`,
    processes: server.processes,
    encode: (batch) => server.message('/write?db=bench&precision=ms', influxLines(shape, batch)),
    ask: async (question) => {
      const words = influxQl(question);
      const path = `/query?db=bench&epoch=ms&${query(words)}`;
      const body = requireSuccess(system, words, await server.http.get(path));
      return laterAnswer(system, words, body, () => readInfluxAnswer(question, body));
    },
    settle: async () => {
      const waitMs = (coldSeconds + 2) * 1000;
      await sleepFor(waitMs, signal);
      const { seconds, isQuiet } = await awaitQuiet(server.processes, folder, signal);
      return { seconds: seconds + waitMs / 1000, isQuiet };
    },
    stop: () => server.stop(),
    diskUse: () => ({
      storageBytes: folderBytes(join(folder, 'data')) + folderBytes(join(folder, 'meta')),
      logBytes: folderBytes(join(folder, 'wal')),
    }),
  };
}

/** Throws PEER_MISSING. */
export function findInflux(): string {
  const program = findProgram('influxd');
  if (program !== undefined) return program;
  throw new BenchError(
    'PEER_MISSING',
    'influxd is not on the PATH: install InfluxDB 1.x (Debian: apt-get install influxdb), or leave out --peer influxdb',
  );
}

const form = 'application/x-www-form-urlencoded';

function query(words: string): string {
  return `q=${encodeURIComponent(words)}`;
}

function configuration(folder: string, httpAddress: string, rpcAddress: string): string {
  return `reporting-enabled = false
bind-address = "${rpcAddress}"
[meta]
  dir = "${join(folder, 'meta')}"
[data]
  dir = "${join(folder, 'data')}"
  wal-dir = "${join(folder, 'wal')}"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "${coldSeconds}s"
  compact-full-write-cold-duration = "${coldSeconds}s"
[monitor]
  store-enabled = false
[http]
  bind-address = "${httpAddress}"
  log-enabled = false
`;
}
