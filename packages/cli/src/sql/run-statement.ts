// One statement from its text to what is shown of its answer.

import type { Writable } from 'node:stream';
import { parseStatement, parseZone, type Statement } from '@balsa/sql';
import type { NodeClient } from '../node-client/node-client.ts';
import { formatDuration, formatLatency, formatPlural } from '../terminal/format.ts';
import { writeAll } from '../terminal/write-all.ts';
import { resultWriter } from './output/output-formats.ts';
import type { ResultHead } from './output/result-writer.ts';
import { type PlotSamples, plotSamples } from './plot-samples.ts';
import type { Settings } from './settings.ts';

export interface StatementContext {
  readonly client: NodeClient;
  readonly settings: Settings;
  readonly output: Writable;
  /** Of the terminal; `undefined`: there is none. */
  readonly widthColumns: () => number | undefined;
}

/** Writes nothing but the result, and below a table how many rows it had. @throws SqlError before anything is sent; errors of the client. */
export async function runStatement(text: string, context: StatementContext, signal?: AbortSignal): Promise<void> {
  await carryOut(text, context, undefined, signal);
}

/** As `runStatement`, and what can be drawn of the result; `undefined`: the statement has none. */
export async function runForPlot(
  text: string,
  context: StatementContext,
  signal: AbortSignal,
): Promise<PlotSamples | undefined> {
  let samples: PlotSamples | undefined;
  await carryOut(text, context, (head) => (samples = plotSamples(head)), signal);
  return samples;
}

/** Only what can be drawn: the rows are not shown. */
export async function queryForPlot(
  text: string,
  { client, settings }: StatementContext,
  signal?: AbortSignal,
): Promise<PlotSamples> {
  parseStatement(text);
  const result = await client.query(text, { ...settings, signal });
  const samples = plotSamples(result);
  for await (const rows of result.blocks) samples.add(rows);
  return samples;
}

async function carryOut(
  text: string,
  { client, settings, output, widthColumns }: StatementContext,
  samplesFor: ((head: ResultHead) => PlotSamples) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const statement = parseStatement(text);
  const startedMs = performance.now();
  const { format, zone, consistency, isWide } = settings;
  const options = { zone, consistency, signal };
  if (!givesRows(statement)) {
    await client.execute(text, options);
    if (format === 'table') await writeAll(output, `done${timing(settings, startedMs)}\n`);
    return;
  }
  const result = await client.query(text, options);
  try {
    const samples = samplesFor?.(result);
    const width = isWide ? undefined : widthColumns();
    const writer = resultWriter(format, result, { zone: parseZone(zone), widthColumns: width });
    let count = 0;
    for await (const rows of result.blocks) {
      count += rows.length;
      samples?.add(rows);
      await writeAll(output, writer.rows(rows), signal);
    }
    const footer = format === 'table' ? `${formatPlural(count, 'row')}${timing(settings, startedMs)}\n` : '';
    await writeAll(output, writer.end() + footer, signal);
  } finally {
    await result.close();
  }
}

export function givesRows({ kind }: Statement): boolean {
  return kind === 'select' || kind.startsWith('show') || kind.startsWith('count');
}

function timing({ isTiming }: Settings, startedMs: number): string {
  if (!isTiming) return '';
  const elapsedMs = performance.now() - startedMs;
  return ` (${elapsedMs < 1000 ? formatLatency(elapsedMs) : formatDuration(elapsedMs)})`;
}
