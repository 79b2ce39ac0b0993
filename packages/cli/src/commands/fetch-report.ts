// Gets a report from a node, and checks that it is one.

import { type NodeReport, reportVersion } from '@balsa/server';
import { findDeparture } from '@balsa/wire';
import { CliError } from '../errors.ts';
import { reportShape } from './report-shape.ts';

const TIMEOUT_MS = 10_000;

/**
 * `text`: the report as it came.
 * @throws CliError NODE_UNREACHABLE; REPORT_REFUSED: with what the node says; REPORT_UNREADABLE: something else answers there.
 */
export async function fetchReport(
  node: URL,
  groupNumber?: number,
): Promise<{ readonly text: string; readonly report: NodeReport }> {
  const url = new URL(groupNumber === undefined ? '/report' : `/report?group=${groupNumber}`, node);
  const { status, text } = await get(url);
  const value = parse(text);
  if (status !== 200) {
    const { code, message } = { code: status, message: 'it gives no reason', ...(isRefusal(value) ? value : {}) };
    throw new CliError('REPORT_REFUSED', `${node.host} refuses with ${code}: ${message}`);
  }
  const departure = value === undefined ? 'its beginning: no JSON' : findDeparture(value, { reportVersion: 'number' });
  if (departure !== undefined) throw unreadable(node, `the answer is no report, at ${departure}`);
  const report = value as NodeReport;
  if (report.reportVersion !== reportVersion) {
    throw unreadable(node, `the report has version ${report.reportVersion}, and this command reads ${reportVersion}`);
  }
  const missing = findDeparture(value, reportShape);
  if (missing !== undefined) throw unreadable(node, `the report is not as expected at "${missing}"`);
  return { text, report };
}

async function get(url: URL): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CliError('NODE_UNREACHABLE', `${url.host} does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRefusal(value: unknown): value is { readonly code: number; readonly message: string } {
  return findDeparture(value, { code: 'number', message: 'string' }) === undefined;
}

function unreadable(node: URL, why: string): CliError {
  return new CliError('REPORT_UNREADABLE', `${node.host}: ${why}`);
}

/** `fetch` says what happened in the cause; that of several addresses says it in its code only. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message !== '' ? cause.message : 'code' in cause ? String(cause.code) : cause.name;
}
