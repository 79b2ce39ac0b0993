import type { SchemaRegistry } from '@balsa/engine';
import type { ShowTtlStatement } from '@balsa/sql';
import { DataType } from '@balsa/wire';
import { patternOf } from '../paths.ts';
import type { Table } from '../table.ts';
import { ttlText } from './show-devices.ts';

const columns = ['Device', 'TTL(ms)'].map((name) => ({ name, dataType: DataType.TEXT }));
const everything = 'root.**';

/** SHOW ALL TTL lists the rules; SHOW TTL ON says which rule the paths themselves have, databases as all that is in them. */
export function showTtl({ patterns }: ShowTtlStatement, registry: SchemaRegistry): Table {
  if (patterns === undefined) {
    const rules = new Map([[everything, undefined as number | undefined], ...registry.ttls]);
    return { columns, rows: [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, ms]) => [path, ttlText(ms)]) };
  }
  const rows = patterns.map((path) => {
    const { text } = patternOf(path);
    const rule = registry.ttls.has(text) ? text : `${text}.**`;
    return [text, ttlText(registry.ttls.get(rule))];
  });
  return { columns, rows };
}
