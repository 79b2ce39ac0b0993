// What is to be exported: the result of a SELECT, or the series below a path, device by device.

import { namesOf, nameText, parseStatement, pathText, type SelectStatement } from '@balsa/sql';
import { type DataType, dataTypeNamed } from '@balsa/wire';
import { CliError } from '../errors.ts';
import type { NodeClient, QueryRows } from '../node-client/node-client.ts';
import { seriesOf } from './csv/csv-head.ts';
import { shown } from './stored-types.ts';

export interface SeriesInNode {
  /** As it is written, in backquotes where that is needed. */
  readonly measurement: string;
  readonly dataType: DataType;
}

export interface DeviceInNode {
  readonly path: string;
  readonly isAligned: boolean;
  readonly series: readonly SeriesInNode[];
}

export interface TimeSpan {
  /** Milliseconds; from this one on. */
  readonly from: number | undefined;
  /** Up to, but not including, this one. */
  readonly to: number | undefined;
}

/** The longest that a node lets anybody wait. */
export const EXPORT_TIMEOUT_MS = 600_000;

/** @throws SqlError; CliError EXPORT_UNFIT: it is no SELECT of points. */
export function checkSelect(sql: string): SelectStatement {
  const statement = parseStatement(sql);
  if (statement.kind !== 'select') throw new CliError('EXPORT_UNFIT', 'only the result of a SELECT is exported');
  return statement;
}

/** The devices with series that a pattern takes. @throws SqlError; errors of the client. */
export async function devicesBelow(client: NodeClient, pattern: string, signal: AbortSignal): Promise<DeviceInNode[]> {
  parseStatement(`show timeseries ${pattern}`);
  const byDevice = new Map<string, SeriesInNode[]>();
  for await (const row of shown(client, `show timeseries ${pattern}`, signal)) {
    const path = seriesOf(String(row.get('Timeseries')));
    const dataType = dataTypeNamed(String(row.get('DataType')));
    if (path === undefined || dataType === undefined) continue;
    const series = byDevice.get(path.device);
    const own = { measurement: path.measurement, dataType };
    if (series === undefined) byDevice.set(path.device, [own]);
    else series.push(own);
  }
  const aligned = await alignedAmong(client, byDevice, signal);
  return Array.from(byDevice, ([path, series]) => ({ path, isAligned: aligned.has(path), series }));
}

/** Those of the devices whose series share their times. */
export async function alignedAmong(
  client: NodeClient,
  devices: Pick<ReadonlySet<string>, 'has'>,
  signal: AbortSignal,
): Promise<Set<string>> {
  const aligned = new Set<string>();
  for await (const row of shown(client, 'show devices root.**', signal)) {
    const path = String(row.get('Device'));
    if (row.get('IsAligned') === 'true' && devices.has(path)) aligned.add(path);
  }
  return aligned;
}

/** The rows of a device. */
export function queryDevice(
  client: NodeClient,
  { path, series }: DeviceInNode,
  span: TimeSpan,
  signal: AbortSignal,
): Promise<QueryRows> {
  const names = series.map(({ measurement }) => measurement);
  const sql = `select ${names.join(', ')} from ${path}${whereText(span)}`;
  return client.query(sql, { signal, timeoutMs: EXPORT_TIMEOUT_MS });
}

/** One SELECT of all series that a pattern takes, side by side. */
export function wideSelect(pattern: string, span: TimeSpan): string {
  const statement = parseStatement(`show timeseries ${pattern}`);
  const path = statement.kind === 'showTimeseries' ? statement.pattern : undefined;
  const last = path?.nodes.at(-1);
  if (path === undefined || last === undefined) throw new CliError('EXPORT_UNFIT', `"${pattern}" takes no series`);
  const prefix = pathText({ ...path, nodes: path.nodes.slice(0, -1) });
  return `select ${pathText({ ...path, isAbsolute: false, nodes: [last] })} from ${prefix}${whereText(span)}`;
}

/** The series that a column of a result is; `undefined`: it is computed, or has another name. */
export function seriesOfColumn(name: string): { readonly device: string; readonly measurement: string } | undefined {
  const series = seriesOf(name);
  if (series === undefined) return undefined;
  // Anything else than a path of names reads back as something else.
  const again = ['root', ...namesOf(name).map((each) => nameText(each))].join('.');
  return again === name ? series : undefined;
}

function whereText({ from, to }: TimeSpan): string {
  const conditions = [
    ...(from === undefined ? [] : [`time >= ${from}`]),
    ...(to === undefined ? [] : [`time < ${to}`]),
  ];
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}
