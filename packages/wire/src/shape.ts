// Checks that JSON from outside has the shape that a type promises.

import { WireError } from './errors.ts';

/** A kind of value (numbers are finite: JSON's `1e999` is none), a list of some shape, or an object by its fields; `name?` marks a field that may be absent. */
export type Shape = 'number' | 'string' | 'boolean' | readonly [Shape] | { readonly [field: string]: Shape };

/** Where `value` departs from `shape`, such as `groups[0].term`, or `undefined`. Unknown fields are let pass. */
export function findDeparture(value: unknown, shape: Shape, path = ''): string | undefined {
  if (typeof shape === 'string') return isKind(value, shape) ? undefined : path;
  if (typeof value !== 'object' || value === null || isList(shape) !== Array.isArray(value)) return path;
  if (isList(shape)) {
    for (const [position, item] of Array.isArray(value) ? value.entries() : []) {
      const departure = findDeparture(item, shape[0], `${path}[${position}]`);
      if (departure !== undefined) return departure;
    }
    return undefined;
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const [key, fieldShape] of Object.entries(shape)) {
    const isOptional = key.endsWith('?');
    const field = isOptional ? key.slice(0, -1) : key;
    if (isOptional && !fields.has(field)) continue;
    const departure = findDeparture(fields.get(field), fieldShape, path === '' ? field : `${path}.${field}`);
    if (departure !== undefined) return departure;
  }
  return undefined;
}

/** @throws WireError BYTES_MALFORMED. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WireError('BYTES_MALFORMED', `${what} is not JSON`, { cause: error });
  }
}

function isKind(value: unknown, kind: string): boolean {
  return kind === 'number' ? Number.isFinite(value) : typeof value === kind;
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
