import { decodeCommandResult } from '@balsa/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalNodes } from '../path.ts';
import { parsePathPattern, takesPath } from '../path-pattern.ts';
import { NaiveSchema, takes } from '../testing/naive-schema.ts';
import { patterns, schemaCommands } from '../testing/schema-commands.ts';
import { encodeSchemaCommand, type SchemaCommand } from './schema-command.ts';
import { SchemaRegistry } from './schema-registry.ts';

function expectSame(registry: SchemaRegistry, naive: NaiveSchema, pattern: string): void {
  const series = [...registry.matchSeries(parsePathPattern(pattern)!)];
  expect(
    series.map(({ device, measurement, dataType, isAligned, alias }) => ({
      device,
      measurement,
      dataType,
      isAligned,
      alias,
    })),
  ).toEqual(naive.matching(pattern));
  for (const { device, measurement } of series) {
    expect(registry.dataTypeOf(device, measurement)).toBeDefined();
    expect(registry.ttlMsOf(device)).toBe(naive.ttlMsOf(device));
    expect(naive.databases).toContain(registry.databaseOf(device));
  }
}

it('does what lists that are searched from end to end do', () => {
  fc.assert(
    fc.property(fc.array(schemaCommands, { maxLength: 40 }), patterns, (commands: SchemaCommand[], pattern) => {
      const registry = new SchemaRegistry();
      const naive = new NaiveSchema();
      for (const [i, command] of commands.entries()) {
        const { status, message } = decodeCommandResult(
          Buffer.from(registry.apply(i + 1, encodeSchemaCommand(command))),
        );
        expect({ status, message, command }).toMatchObject({ status: naive.apply(command) });
      }
      expectSame(registry, naive, pattern);
      expectSame(registry, naive, 'root.**');
      const found = [...registry.matchNodes(parsePathPattern('root.**')!)].filter(({ isDatabase }) => isDatabase);
      expect(found.map(({ path }) => path)).toEqual([...naive.databases].sort());
      expect(new Map(registry.ttls)).toEqual(new Map(naive.ttls));
      const devices = new Set(naive.series.map(({ device }) => device));
      const { databases, series } = { databases: naive.databases.length, series: naive.series.length };
      expect(registry.statistics()).toEqual({
        databases,
        devices: devices.size,
        series,
        appliedIndex: commands.length,
      });
      // Nodes that lead nowhere are gone.
      for (const node of registry.matchNodes(parsePathPattern('root.**')!)) {
        expect(node.isDatabase || node.device !== undefined || node.children.length > 0).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

it('takes the paths that a regular expression takes', () => {
  const nodes = fc.array(fc.constantFrom('a', 'b', 'ab', 'aab', '`c.d`', '`a b`'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(patterns, nodes, (text, names) => {
      const pattern = parsePathPattern(text)!;
      const path = ['root', ...names].join('.');
      expect(takesPath(pattern, canonicalNodes(path)!.slice(1))).toBe(takes(text, path));
      const isPlain = !text.includes('*') && pattern.nodes.length > 1;
      expect(pattern.device).toBe(isPlain ? ['root', ...canonicalNodes(text)!.slice(1, -1)].join('.') : undefined);
      expect(pattern.text).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

it('refuses what is no pattern', () => {
  for (const text of [
    '',
    'plant',
    'plant.*',
    'root.',
    'root..a',
    'root.a b',
    'root.`a',
    'root.***',
    'root.a*b',
    'root.1',
  ]) {
    expect(parsePathPattern(text), text).toBeUndefined();
  }
});
