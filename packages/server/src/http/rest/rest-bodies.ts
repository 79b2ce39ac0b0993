// The bodies that IoTDB's REST clients send. Version 1 has the same fields in camel case; what is not known is left alone, as it is there.

import { z } from 'zod';
import { Consistency } from '../../service/consistency.ts';
import { checkFields, milliseconds } from '../read-request.ts';

/** Rows of an answer unless the request says otherwise, as in IoTDB. */
export const rowLimitDefault = 10_000;
const rowLimitMax = 10_000_000;

const texts = z.array(z.string('expected a text'), 'expected a list');
const times = z.int('expected a whole number of milliseconds');

const sqlSchema = z.object({
  sql: z.string('expected a statement'),
  row_limit: z
    .int('expected a number of rows')
    .min(1, 'expected at least 1')
    .max(rowLimitMax, `expected at most ${rowLimitMax}`)
    .default(rowLimitDefault),
  consistency: z
    .enum(Object.values(Consistency), `expected one of ${Object.values(Consistency).join(', ')}`)
    .default(Consistency.linearizable),
  timeout_ms: milliseconds.optional(),
  time_zone: z.string('expected a time zone such as +08:00').default('Z'),
});

export interface SqlRequest {
  readonly sql: string;
  readonly row_limit: number;
  readonly consistency: Consistency;
  readonly timeout_ms?: number | undefined;
  readonly time_zone: string;
}

const fastLastSchema = z.object({ prefix_paths: texts.min(1, 'expected at least one node') });

const grafanaSchema = z.object({
  expression: texts.min(1, 'expected at least one'),
  prefix_path: texts.min(1, 'expected at least one'),
  start_time: times,
  end_time: times,
  condition: z.string('expected a condition').optional(),
  control: z.string('expected the rest of a statement').optional(),
});

export interface GrafanaQuery {
  readonly expression: readonly string[];
  readonly prefix_path: readonly string[];
  readonly start_time: number;
  readonly end_time: number;
  readonly condition?: string | undefined;
  readonly control?: string | undefined;
}

/** @throws Refusal ILLEGAL_PARAMETER */
export function sqlRequest(body: unknown): SqlRequest {
  return checkFields(sqlSchema, snakeCased(body));
}

/** The nodes of a path. @throws Refusal ILLEGAL_PARAMETER */
export function fastLastRequest(body: unknown): readonly string[] {
  return checkFields(fastLastSchema, snakeCased(body)).prefix_paths;
}

/** @throws Refusal ILLEGAL_PARAMETER */
export function grafanaQuery(body: unknown): GrafanaQuery {
  return checkFields(grafanaSchema, snakeCased(body));
}

/** The nodes of a path. @throws Refusal ILLEGAL_PARAMETER */
export function grafanaNode(body: unknown): readonly string[] {
  return checkFields(texts, body);
}

/** `rowLimit` as `row_limit`, and so on; `deviceId` is `device`. */
export function snakeCased(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  if (!Object.keys(body).some((name) => /[A-Z]|^device_id$/.test(name))) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]: [string, unknown]) => {
      const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [snake === 'device_id' ? 'device' : snake, value];
    }),
  );
}
