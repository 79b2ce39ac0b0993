import type { Operation, RegisterAction } from '@balsa/linearizability';
import { DataType, encodeInsertTablet } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { checkLogOrder } from './log-order.ts';
import { RegisterLog } from './register-log.ts';

function logOf(...values: string[]): RegisterLog {
  const log = new RegisterLog();
  for (const [i, value] of values.entries()) {
    const tablet = {
      device: 'root.registers.a',
      measurements: ['v'],
      dataTypes: [DataType.TEXT],
      timestamps: Float64Array.of(0),
      columns: [{ values: [value] }],
    };
    log.apply(10 + i, encodeInsertTablet(tablet));
  }
  return log;
}

function write(value: string, callAt: number, returnAt: number): Operation<RegisterAction> {
  return { client: 1, key: 'a', callAt, returnAt, action: { op: 'write', value } };
}

function read(result: string | null, callAt: number, returnAt: number): Operation<RegisterAction> {
  return { client: 2, key: 'a', callAt, returnAt, action: { op: 'read', result } };
}

describe('the order of the log explains', () => {
  it.each<[string, Operation<RegisterAction>[]]>([
    ['one after the other', [write('x', 0, 1), read('x', 2, 3), write('y', 4, 5), read('y', 6, 7)]],
    ['a read before anything was written', [read(null, 0, 1), write('x', 2, 3)]],
    ['writes whose answers come in another order', [write('x', 0, 9), write('y', 1, 4), read('y', 5, 6)]],
    ['a read during a write, either way', [write('x', 0, 1), write('y', 2, 9), read('x', 3, 4), read('y', 5, 6)]],
    ['reads of one version in any order', [write('x', 0, 1), read('x', 2, 9), read('x', 3, 4), read('x', 5, 6)]],
  ])('%s', (_what, operations) => {
    expect(() => checkLogOrder(operations, logOf('x', 'y'))).not.toThrow();
  });
});

describe('the order of the log does not explain', () => {
  it.each<[string, Operation<RegisterAction>[]]>([
    ['a stale read', [write('x', 0, 1), write('y', 2, 3), read('x', 4, 5)]],
    ['a lost write', [write('x', 0, 1), read(null, 2, 3)]],
    ['a read that goes back', [write('x', 0, 1), write('y', 2, 9), read('y', 3, 4), read('x', 5, 6)]],
    ['a read from the future', [read('x', 0, 1), write('x', 2, 3)]],
    ['writes against the log', [write('y', 0, 1), write('x', 2, 3)]],
    ['a value from nowhere', [write('x', 0, 1), read('z', 2, 3)]],
    [
      'a stale read behind many good ones',
      [write('x', 0, 1), read('x', 2, 3), read('x', 2, 4), write('y', 5, 6), read('y', 7, 8), read('x', 9, 10)],
    ],
  ])('%s', (_what, operations) => {
    expect(() => checkLogOrder(operations, logOf('x', 'y'))).toThrow('linearizability');
  });
});
