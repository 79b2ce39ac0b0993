// From a node into a file, which has its name once it is whole.

import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createTsFile } from '@balsa/tsfile';
import type { NodeClient } from '../node-client/node-client.ts';
import { giveName, partPath, refuseExisting, removePart } from './atomic-file.ts';
import { exportDevices, exportResult } from './export-csv.ts';
import { devicesBelow, EXPORT_TIMEOUT_MS, type TimeSpan, wideSelect } from './export-source.ts';
import { writeDevices, writeResult } from './export-tsfile.ts';

export type ExportSource =
  | { readonly kind: 'select'; readonly sql: string }
  | { readonly kind: 'path'; readonly pattern: string; readonly span: TimeSpan };

export interface ExportOptions {
  /** `undefined`: standard output, for CSV. */
  readonly output: string | undefined;
  readonly format: 'csv' | 'tsfile';
  /** Whether a file of that name may be there. */
  readonly replaces: boolean;
  /** Of CSV with a path: `Time,Device,s1`, or `Time,root.d.s1`. */
  readonly shape: 'device' | 'wide';
  /** Whether the names of CSV columns end with their types. */
  readonly withTypes: boolean;
  /** Of times in the statement that have none. */
  readonly zone: string;
  readonly signal: AbortSignal;
  /** Hears of rows that were written. */
  readonly onRows: (count: number) => void;
}

/** @throws CliError EXPORT_UNFIT, FILE_EXISTS; errors of the client and of the system. Then there is no file. */
export async function exportFile(client: NodeClient, source: ExportSource, options: ExportOptions): Promise<void> {
  const { output, format, replaces } = options;
  if (output === undefined) return writeCsv(client, source, options, process.stdout);
  if (!replaces) await refuseExisting(output);
  const part = partPath(output);
  try {
    if (format === 'csv') await writeCsvFile(client, source, options, part);
    else await writeTsFile(client, source, options, part);
    await giveName(output, replaces);
  } catch (error) {
    await removePart(output);
    throw error;
  }
}

async function writeCsvFile(
  client: NodeClient,
  source: ExportSource,
  options: ExportOptions,
  path: string,
): Promise<void> {
  const output = createWriteStream(path, { flags: 'wx' });
  // Whoever writes next hears of it, or whoever waits for the end.
  output.on('error', () => {});
  const closed = new Promise<void>((resolve) => output.once('close', resolve));
  try {
    await writeCsv(client, source, options, output);
    output.end();
    await finished(output);
  } catch (error) {
    output.destroy();
    await closed;
    throw error;
  }
}

async function writeCsv(
  client: NodeClient,
  source: ExportSource,
  { shape, withTypes, zone, signal, onRows }: ExportOptions,
  output: Writable,
): Promise<void> {
  const options = { withTypes, signal, onRows };
  if (source.kind === 'path' && shape === 'device') {
    const devices = await devicesBelow(client, source.pattern, signal);
    return exportDevices(client, devices, source.span, output, options);
  }
  const sql = source.kind === 'select' ? source.sql : wideSelect(source.pattern, source.span);
  const result = await client.query(sql, { zone, signal, timeoutMs: EXPORT_TIMEOUT_MS });
  try {
    await exportResult(result, output, options);
  } finally {
    await result.close();
  }
}

async function writeTsFile(
  client: NodeClient,
  source: ExportSource,
  { zone, signal, onRows }: ExportOptions,
  path: string,
): Promise<void> {
  const writer = await createTsFile(path);
  try {
    if (source.kind === 'path') {
      const devices = await devicesBelow(client, source.pattern, signal);
      await writeDevices(client, devices, source.span, writer, { signal, onRows });
    } else {
      const result = await client.query(source.sql, { zone, signal, timeoutMs: EXPORT_TIMEOUT_MS });
      try {
        await writeResult(client, result, writer, { signal, onRows });
      } finally {
        await result.close();
      }
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
