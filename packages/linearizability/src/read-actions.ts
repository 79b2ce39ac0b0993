// What each model's operations look like in a history file.

import type { LogAction } from './append-log.ts';
import type { CounterAction } from './counter.ts';
import type { Fields } from './fields.ts';
import type { RegisterAction } from './register.ts';

export function readRegisterAction(fields: Fields): RegisterAction {
  const op = fields.text('op');
  switch (op) {
    case 'write':
      return { op, value: fields.value('value') };
    case 'read':
      return fields.has('result') ? { op, result: fields.value('result') } : { op };
    case 'compare-and-set': {
      const asked = { op, expected: fields.value('expected'), value: fields.value('value') } as const;
      return fields.has('result') ? { ...asked, result: fields.boolean('result') } : asked;
    }
    default:
      throw fields.error('"op" of a register must be write, read or compare-and-set');
  }
}

export function readCounterAction(fields: Fields): CounterAction {
  const op = fields.text('op');
  switch (op) {
    case 'add': {
      const asked = { op, amount: fields.integer('amount') } as const;
      return fields.has('result') ? { ...asked, result: fields.integer('result') } : asked;
    }
    case 'read':
      return fields.has('result') ? { op, result: fields.integer('result') } : { op };
    default:
      throw fields.error('"op" of a counter must be add or read');
  }
}

export function readLogAction(fields: Fields): LogAction {
  const op = fields.text('op');
  switch (op) {
    case 'append': {
      const asked = { op, value: fields.value('value') } as const;
      return fields.has('result') ? { ...asked, result: fields.integer('result') } : asked;
    }
    case 'read':
      return fields.has('result') ? { op, result: fields.values('result') } : { op };
    case 'tail': {
      if (!fields.has('result')) return { op };
      const tail = fields.nested('result');
      const result = { length: tail.integer('length'), last: tail.value('last') };
      tail.end();
      return { op, result };
    }
    default:
      throw fields.error('"op" of a log must be append, read or tail');
  }
}
