// A contradiction drawn for a person: one line per operation, time from left to right.
//
//     client 1  ├─ write 1 ─┤
//     client 1                ├─ write 2 ─┤
//     client 2                              ├─ read: 1 ─┤

import type { Conflict } from './conflict.ts';
import type { Operation } from './operation.ts';
import type { SequentialModel } from './sequential-model.ts';

const labelLengthMax = 48;

/** Distances are not to scale; the order of calls and answers is what counts. */
export function drawTimeline<State, Action>(
  model: SequentialModel<State, Action>,
  operations: readonly Operation<Action>[],
): string[] {
  const bars = [...operations]
    .sort((a, b) => a.callAt - b.callAt)
    .map((operation) => ({ operation, label: shortened(model.describeAction(operation.action)) }));
  const columns = columnsOf(bars);
  const clientWidth = Math.max(0, ...bars.map(({ operation }) => String(operation.client).length));
  return bars.map(({ operation: { client, callAt, returnAt }, label }) => {
    const from = columns.calls.get(callAt)!;
    const start = `client ${String(client).padEnd(clientWidth)}  ${' '.repeat(from)}`;
    if (returnAt === undefined) return `${start}├─ ${label} ─ ─ no answer`;
    return `${start}├─ ${label} ${'─'.repeat(columns.returns.get(returnAt)! - from - label.length - 4)}┤`;
  });
}

export function describeConflict<State, Action>(
  model: SequentialModel<State, Action>,
  { key, operations, others, last, states }: Conflict<Action>,
): string {
  const object = key === '' ? '' : ` on ${JSON.stringify(key)}`;
  const whateverElse = others === 0 ? '' : `, whatever the other ${others} before them did`;
  return [
    `these operations${object} cannot be ordered${whateverElse}:`,
    ...drawTimeline(model, operations).map((line) => `  ${line}`),
    `the last of them, "${shortened(model.describeAction(last.action))}", met ${states.map(shortened).join(' or ')}`,
  ].join('\n');
}

interface Columns {
  readonly calls: ReadonlyMap<number, number>;
  readonly returns: ReadonlyMap<number, number>;
}

/** For each time a column, far enough from those before it that every label fits between its call and its answer. */
function columnsOf<Action>(
  bars: readonly { readonly operation: Operation<Action>; readonly label: string }[],
): Columns {
  const calls = new Map<number, number>();
  const returns = new Map<number, number>();
  const times = bars.flatMap(({ operation: { callAt, returnAt } }) => [callAt, returnAt ?? callAt]);
  let next = 0;
  for (const time of [...new Set(times)].sort((a, b) => a - b)) {
    // Of equal times, the call comes first.
    if (bars.some(({ operation }) => operation.callAt === time)) {
      calls.set(time, next);
      next += 2;
    }
    const ending = bars.filter(({ operation }) => operation.returnAt === time);
    if (ending.length > 0) {
      // ├─ label ─┤
      const ends = ending.map(({ operation, label }) => calls.get(operation.callAt)! + label.length + 5);
      const at = Math.max(next, ...ends);
      returns.set(time, at);
      next = at + 2;
    }
  }
  return { calls, returns };
}

function shortened(text: string): string {
  return text.length <= labelLengthMax ? text : `${text.slice(0, labelLengthMax - 1)}…`;
}
