// The typed reads as query strings and as JSON bodies: the same fields, checked by the same schemas.

import type { GroupId } from '@balsa/raft';
import {
  type AggregateQuery,
  aggregateFunctions,
  columnsMax,
  cutText,
  messageBytesMax,
  type RangeQuery,
  requestTimeoutMsDefault,
  requestTimeoutMsMax,
} from '@balsa/wire';
import { z } from 'zod';
import { Consistency, type ReadOptions } from '../service/consistency.ts';
import { illegal } from '../service/refusal.ts';

/** Values in one JSON answer; larger results are for the client protocol, or for paging. */
export const jsonValuesMax = 1_000_000;
const rangeRowsDefault = 10_000;
const complaintsMax = 5;

const groupExpected = 'expected the number of a group';
const integer = z.int('expected a whole number');
/** Its length is checked before its items are, each of which may be a complaint. */
const list = z.array(z.unknown(), 'expected a list').max(columnsMax, `expected at most ${columnsMax}`);
const names = list.pipe(z.array(z.string('expected a name')).min(1, 'expected at least one'));

/** How long whoever asks will wait. */
export const milliseconds: z.ZodInt = z
  .int('expected milliseconds')
  .min(1, 'expected at least 1')
  .max(requestTimeoutMsMax, `expected at most ${requestTimeoutMsMax}`);

const common = {
  device: z.string('expected a device such as root.plant.line4'),
  measurements: names,
  startMs: integer,
  endMs: integer,
  consistency: z
    .enum(Object.values(Consistency), `expected one of ${Object.values(Consistency).join(', ')}`)
    .default(Consistency.linearizable),
  timeoutMs: integer
    .min(1, 'expected at least 1')
    .max(requestTimeoutMsMax, `expected at most ${requestTimeoutMsMax}`)
    .default(requestTimeoutMsDefault),
};

const rangeSchema = z.strictObject({ ...common, limit: integer.default(rangeRowsDefault) });

const aggregateSchema = z.strictObject({
  ...common,
  functions: list.pipe(z.array(z.enum(aggregateFunctions, `expected some of ${aggregateFunctions.join(', ')}`))),
  windowMs: integer,
});

const reportSchema = z.strictObject({
  group: z.int(groupExpected).min(0, groupExpected).optional(),
});

const listFields: ReadonlySet<string> = new Set(['measurements', 'functions']);
const numberFields: ReadonlySet<string> = new Set(['startMs', 'endMs', 'limit', 'windowMs', 'timeoutMs', 'group']);

/** @throws Refusal ILLEGAL_PARAMETER */
export function rangeRequest(fields: unknown): { query: RangeQuery; options: ReadOptions } {
  const { consistency, timeoutMs, ...query } = checkFields(rangeSchema, fields);
  checkSize(query.limit * (query.measurements.length + 1), 'take a smaller limit and go on from the last timestamp');
  return { query, options: { consistency, timeoutMs } };
}

/** @throws Refusal ILLEGAL_PARAMETER */
export function aggregateRequest(fields: unknown): { query: AggregateQuery; options: ReadOptions } {
  const { consistency, timeoutMs, ...query } = checkFields(aggregateSchema, fields);
  const windows = Math.ceil((query.endMs - query.startMs) / Math.max(1, query.windowMs));
  checkSize(windows * query.measurements.length * query.functions.length, 'take a longer window or a shorter range');
  return { query, options: { consistency, timeoutMs } };
}

/** `group`: the report is to be of this one only. @throws Refusal ILLEGAL_PARAMETER */
export function reportRequest(fields: unknown): { readonly group?: GroupId | undefined } {
  return checkFields(reportSchema, fields);
}

/** A query string's texts as the values that the schemas want: lists by commas, numbers by digits. */
export function fieldsOfQueryString(query: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query ?? {}).map(([name, value]: [string, unknown]) => [name, fieldOfText(name, value)]),
  );
}

function fieldOfText(name: string, value: unknown): unknown {
  if (typeof value !== 'string') {
    return value;
  }
  if (listFields.has(name)) {
    return value.split(',');
  }
  return numberFields.has(name) && /^-?\d+$/.test(value) ? Number(value) : value;
}

/** @throws Refusal ILLEGAL_PARAMETER that names the fields. */
export function checkFields<T>(schema: z.ZodType<T>, fields: unknown): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) {
    return parsed.data;
  }
  const { issues } = parsed.error;
  const complaints = issues
    .slice(0, complaintsMax)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  if (issues.length > complaintsMax) complaints.push(`and ${issues.length - complaintsMax} more`);
  throw illegal(cutText(complaints.join('; '), messageBytesMax));
}

function checkSize(values: number, advice: string): void {
  if (values > jsonValuesMax) {
    throw illegal(`an answer of up to ${values} values is over the limit of ${jsonValuesMax} for JSON: ${advice}`);
  }
}
