// VictoriaMetrics under test, with its defaults but for addresses, folders and how long it keeps points. It is written to by InfluxDB's line protocol: of
// the text formats that it takes it is no slower than its own JSON lines (which repeat the times for every sensor), and needs half the bytes.
//
// It has no write-ahead log: it answers when it has the points in memory, and flushes them in the background. What it acknowledged in the last seconds
// is lost with the process.

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { folderBytes } from '../measure/folder-bytes.ts';
import { findProgram } from '../targets/find-program.ts';
import { awaitQuiet } from './await-quiet.ts';
import type { DataShape } from './data-shape.ts';
import { influxLines } from './formats.ts';
import { metricsQl, readMetricsAnswer } from './metrics-ql.ts';
import { PeerServer } from './peer-server.ts';
import { laterAnswer, requireSuccess, type SeriesTarget, type TargetOptions } from './series-target.ts';

const system = 'victoria-metrics';
const versionTimeoutMs = 10_000;

/** Throws PEER_MISSING or PEER_FAILED. */
export async function startVictoriaSeries(
  { connections, folder }: TargetOptions,
  shape: DataShape,
  signal: AbortSignal,
): Promise<SeriesTarget> {
  const program = findVictoria();
  const [port] = await findFreePorts(1);
  const address = `127.0.0.1:${port}`;
  const dataFolder = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const version = await versionOf(program);
  const args = [`-storageDataPath=${dataFolder}`, `-httpListenAddr=${address}`, '-retentionPeriod=100y'];
  const server = await PeerServer.start(
    { system, program, args, folder, address, connections, healthPath: '/health' },
    signal,
  );
  const http = server.http;
  return {
    system,
    description: `VictoriaMetrics ${version}, NO flush before the answer: what came in the last seconds is lost with the process; line protocol, MetricsQL`,
    processes: server.processes,
    encode: (batch) => server.message('/write?precision=ms', influxLines(shape, batch)),
    ask: async (question) => {
      const path = metricsQl(question, shape);
      const body = requireSuccess(system, path, await http.get(path));
      return laterAnswer(system, path, body, () => readMetricsAnswer(question, body));
    },
    settle: async () => {
      requireSuccess(system, 'a flush', await http.get('/internal/force_flush'));
      requireSuccess(system, 'a merge', await http.get('/internal/force_merge'));
      return await awaitQuiet(server.processes, folder, signal);
    },
    stop: () => server.stop(),
    // What it would otherwise compute again at the next start is no data.
    diskUse: () => ({ storageBytes: folderBytes(dataFolder, (path) => path !== 'cache'), logBytes: 0 }),
  };
}

/** Throws PEER_MISSING. */
export function findVictoria(): string {
  const program = ['victoria-metrics', 'victoria-metrics-prod']
    .map((name) => findProgram(name))
    .find((path) => path !== undefined);
  if (program !== undefined) return program;
  throw new BenchError(
    'PEER_MISSING',
    'victoria-metrics is not on the PATH: install it (Debian: apt-get install victoria-metrics), or leave out --peer victoria-metrics',
  );
}

/** Debian's does not know its own. */
async function versionOf(program: string): Promise<string> {
  const asked: readonly (readonly [string, ...string[]])[] = [
    [program, '-version'],
    ['dpkg-query', '--show', 'victoria-metrics'],
  ];
  for (const [command, ...args] of asked) {
    const answer = await promisify(execFile)(command, args, { timeout: versionTimeoutMs }).catch(() => undefined);
    const [version] = /\d+\.\d+\.\d+/.exec(`${answer?.stdout}${answer?.stderr}`) ?? [];
    if (version !== undefined) return version;
  }
  return 'of unknown version';
}
