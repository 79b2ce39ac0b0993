// What the tests say to nodes over HTTP.

import type { NodeStatus } from '@balsa/wire';

export interface HttpAnswer {
  readonly code: number;
  readonly message: string;
}

/** Rows of one series; `rows` are `[timestamp, value]`. */
export async function insertRows(
  http: string,
  device: string,
  rows: readonly (readonly [number, number])[],
): Promise<HttpAnswer> {
  const response = await fetch(`http://${http}/rest/v2/insertTablet`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      device,
      timestamps: rows.map(([timestamp]) => timestamp),
      measurements: ['s'],
      data_types: ['DOUBLE'],
      values: [rows.map(([, value]) => value)],
    }),
  });
  return (await response.json()) as HttpAnswer;
}

export async function readRows(
  http: string,
  device: string,
  consistency: 'linearizable' | 'local' = 'linearizable',
): Promise<(readonly [number, number])[]> {
  const query = `device=${device}&measurements=s&startMs=0&endMs=1000000&limit=100000&consistency=${consistency}`;
  const response = await fetch(`http://${http}/api/v1/range?${query}`);
  const body = (await response.json()) as HttpAnswer & { timestamps: number[]; values: number[][] };
  if (!response.ok) {
    throw new Error(`${body.code}: ${body.message}`);
  }
  return body.timestamps.map((timestamp, row) => [timestamp, body.values[0]?.[row] ?? Number.NaN]);
}

export async function statusOf(http: string): Promise<NodeStatus> {
  return (await (await fetch(`http://${http}/status`)).json()) as NodeStatus;
}

export interface SqlAnswer {
  readonly code?: number;
  readonly message?: string;
  readonly timestamps: readonly number[] | null;
  readonly values: readonly (readonly unknown[])[];
}

/** A statement that asks for rows, or one that changes something; for the latter, `code` is 200. */
export async function runSql(http: string, sql: string, kind: 'query' | 'nonQuery' = 'query'): Promise<SqlAnswer> {
  const response = await fetch(`http://${http}/rest/v2/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
  });
  return (await response.json()) as SqlAnswer;
}
