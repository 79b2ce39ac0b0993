// Is what clients saw of a register explained by the order of the log? That order is the one in which the writes took effect;
// so it is clear where every operation belongs, and nothing is to be searched for: between its write and the next, a read; at
// its own place, a write. What remains to be checked is that nobody who was answered before another asked comes after him.

import type { Operation, RegisterAction } from '@balsa/linearizability';
import { Violation } from '../oracles.ts';
import type { RegisterLog } from './register-log.ts';

interface Placed {
  readonly operation: Operation<RegisterAction>;
  /** Even: the write of a version, by its number; odd: reads of it. Reads before any write: -1. */
  readonly place: number;
}

/** All operations must have returned. @throws Violation */
export function checkLogOrder(operations: readonly Operation<RegisterAction>[], log: RegisterLog): void {
  const byRegister = new Map<string, Placed[]>();
  for (const operation of operations) {
    const place = placeOf(operation, log);
    const placed = byRegister.get(operation.key) ?? [];
    if (placed.length === 0) byRegister.set(operation.key, placed);
    placed.push({ operation, place });
  }
  for (const placed of byRegister.values()) checkRegister(placed);
}

/** In the order of the log: nobody may have been called after somebody behind him had returned. */
function checkRegister(placed: Placed[]): void {
  const backwards = placed.sort((a, b) => b.place - a.place);
  let earliest: Operation<RegisterAction> | undefined;
  let group: Operation<RegisterAction>[] = [];
  for (const [i, { operation, place }] of backwards.entries()) {
    if (earliest !== undefined && operation.callAt > (earliest.returnAt ?? Number.POSITIVE_INFINITY)) {
      throw new Violation(
        'linearizability',
        `${describe(operation)} was called after ${describe(earliest)} had returned`,
      );
    }
    group.push(operation);
    // Reads of the same version may come in any order.
    if (backwards[i + 1]?.place === place) continue;
    for (const member of group) if (returnOf(member) < returnOf(earliest)) earliest = member;
    group = [];
  }
}

function placeOf({ key, action }: Operation<RegisterAction>, log: RegisterLog): number {
  const value = action.op === 'read' ? action.result : action.op === 'write' ? action.value : undefined;
  if (action.op === 'read' && value === null) return -1;
  const version = log.versionOf(key, String(value));
  if (version === undefined)
    throw new Violation('linearizability', `${key} holds ${String(value)}, which nobody wrote`);
  return action.op === 'read' ? 2 * version + 1 : 2 * version;
}

function returnOf(operation: Operation<RegisterAction> | undefined): number {
  return operation?.returnAt ?? Number.POSITIVE_INFINITY;
}

function describe({ client, key, action, callAt, returnAt }: Operation<RegisterAction>): string {
  const what =
    action.op === 'read'
      ? `read of ${String(action.result)}`
      : `write of ${'value' in action ? String(action.value) : ''}`;
  return `client ${client}'s ${what} in ${key} (from ${callAt} to ${returnAt})`;
}
