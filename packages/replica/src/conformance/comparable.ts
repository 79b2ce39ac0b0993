// Bytes are compared as bytes, whatever holds them: a view, a Buffer, or memory that came from another thread.

/** The value with every Uint8Array in it as hexadecimal text. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, comparable(field)]));
}
