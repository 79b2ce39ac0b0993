// Histories as text, one JSON object a line: docs/history-format.md. Written for other checkers, and read from them.

import type { LogAction } from './append-log.ts';
import type { CounterAction } from './counter.ts';
import { Fields } from './fields.ts';
import { HistoryError, type HistoryErrorCode } from './history-error.ts';
import type { Operation } from './operation.ts';
import { readCounterAction, readLogAction, readRegisterAction } from './read-actions.ts';
import type { RegisterAction } from './register.ts';

export type History =
  | { readonly model: 'register'; readonly operations: readonly Operation<RegisterAction>[] }
  | { readonly model: 'counter'; readonly operations: readonly Operation<CounterAction>[] }
  | { readonly model: 'log'; readonly operations: readonly Operation<LogAction>[] };

const format = 'balsa-history';
const version = 1;
/** A file with more is refused. */
export const historyOperationsMax = 1_000_000;
const lineLengthMax = 1024 * 1024;

/** @throws HistoryError with the line and what is wrong with it. */
export function parseHistory(text: string): History {
  const lines = objectsOf(text);
  const header = lines.next();
  if (header.done === true) throw new HistoryError('HISTORY_HEADER', 1, 'the file is empty, a header is expected');
  switch (readHeader(header.value)) {
    case 'register':
      return { model: 'register', operations: readOperations(lines, readRegisterAction) };
    case 'counter':
      return { model: 'counter', operations: readOperations(lines, readCounterAction) };
    case 'log':
      return { model: 'log', operations: readOperations(lines, readLogAction) };
  }
}

/** A file for `parseHistory`. Comments are for people: they come first, one line each. */
export function formatHistory({ model, operations }: History, comments: readonly string[] = []): string {
  const head = [{ format, version, model }, ...comments.map((comment) => ({ comment }))];
  return linesOf(head) + formatOperations(operations);
}

/** Lines to be added to a file that `formatHistory` has begun. */
export function formatOperations(operations: readonly Operation<object>[]): string {
  return linesOf(operations.map(lineOf));
}

function linesOf(objects: readonly object[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}

function lineOf({ client, key, callAt, returnAt, action }: Operation<object>): object {
  return {
    client,
    ...(key !== '' && { key }),
    call: callAt,
    ...(returnAt !== undefined && { return: returnAt }),
    ...action,
  };
}

interface Line {
  readonly number: number;
  readonly object: object;
}

function* objectsOf(text: string): Generator<Line, undefined> {
  let from = 0;
  for (let number = 1; from < text.length; number++) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end === -1 ? text.length : end);
    from += line.length + 1;
    if (line.length > lineLengthMax)
      throw new HistoryError('HISTORY_TOO_LARGE', number, `longer than ${lineLengthMax} characters`);
    if (line.trim() !== '') yield { number, object: parseObject(line, number) };
  }
  return undefined;
}

function parseObject(line: string, number: number): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new HistoryError('HISTORY_LINE', number, 'not JSON; one object a line is expected');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HistoryError('HISTORY_LINE', number, 'not an object');
  return value;
}

function readHeader(line: Line): History['model'] {
  const fields = fieldsOf('HISTORY_HEADER', line);
  if (fields.text('format') !== format) throw fields.error(`"format" must be "${format}"`);
  if (fields.integer('version') !== version) throw fields.error(`"version" must be ${version}`);
  const model = fields.text('model');
  fields.end();
  if (model !== 'register' && model !== 'counter' && model !== 'log')
    throw fields.error('"model" must be register, counter or log');
  return model;
}

function readOperations<Action>(lines: Iterable<Line>, readAction: (fields: Fields) => Action): Operation<Action>[] {
  const operations: Operation<Action>[] = [];
  for (const line of lines) {
    const fields = fieldsOf('HISTORY_OPERATION', line);
    if (fields.has('comment')) {
      fields.text('comment');
      fields.end();
      continue;
    }
    if (operations.length === historyOperationsMax)
      throw new HistoryError('HISTORY_TOO_LARGE', line.number, `more than ${historyOperationsMax} operations`);
    operations.push(readOperation(fields, readAction));
  }
  return operations;
}

function readOperation<Action>(fields: Fields, readAction: (fields: Fields) => Action): Operation<Action> {
  const client = fields.integer('client');
  const key = fields.has('key') ? fields.text('key') : '';
  const callAt = fields.number('call');
  const returnAt = fields.has('return') ? fields.number('return') : undefined;
  if (returnAt !== undefined && returnAt < callAt) throw fields.error('"return" must not be before "call"');
  const action = readAction(fields);
  fields.end();
  return { client, key, callAt, returnAt, action };
}

function fieldsOf(code: HistoryErrorCode, { number, object }: Line): Fields {
  return new Fields(code, number, object);
}
