import type { SchemaRegistry } from '@balsa/engine';
import type { ShowTtlStatement } from '@balsa/sql';
import { patternOf } from '../paths.ts';
import type { Row } from '../table.ts';
import { ttlText } from './show-devices.ts';

const everything = 'root.**';

/** SHOW ALL TTL lists the rules; SHOW TTL ON says which rule the paths themselves have, databases as all that is in them. */
export function showTtl({ patterns }: ShowTtlStatement, registry: SchemaRegistry): Row[] {
  if (patterns === undefined) {
    const rules = new Map([[everything, undefined as number | undefined], ...registry.ttls]);
    return [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, ms]) => [path, ttlText(ms)]);
  }
  return patterns.map((path) => {
    const { text } = patternOf(path);
    const rule = registry.ttls.has(text) ? text : `${text}.**`;
    return [text, ttlText(registry.ttls.get(rule))];
  });
}
