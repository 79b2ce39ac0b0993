import type { StorageEngine, TtlRule } from '@balsa/engine/storage';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestEngine } from '../testing/test-store.ts';
import { expiryChanges } from './expiry-changes.ts';

const devices = ['root.a', 'root.a.b', 'root.a.b.c', 'root.ab'];
const path = fc.constantFrom(...devices, ...devices.map((it) => `${it}.**`), 'root.**');
const rules = fc.uniqueArray(fc.record({ path, ttlMs: fc.integer({ min: 1, max: 5 }) }), { selector: (it) => it.path });

let engine: StorageEngine;

beforeAll(async () => {
  engine = await openTestEngine();
});

afterAll(() => engine.close());

const mapOf = (all: readonly TtlRule[]): Map<string, number> => new Map(all.map((it) => [it.path, it.ttlMs]));

it('ends with the rules that are wanted, and meanwhile keeps nothing for less long than the old or the new ones', () => {
  fc.assert(
    fc.property(rules, rules, (before, after) => {
      const apply = (command: Uint8Array): unknown => engine.apply(engine.appliedIndex + 1, command);
      for (const command of expiryChanges(mapOf(before), engine.ttl.rules)) apply(command);
      expect(mapOf(engine.ttl.rules)).toEqual(mapOf(before));
      const ttlsOf = (): number[] => devices.map((device) => engine.ttl.ruleFor(device)?.ttlMs ?? Infinity);
      const old = ttlsOf();
      const between: number[][] = [];
      for (const command of expiryChanges(mapOf(after), engine.ttl.rules)) {
        apply(command);
        between.push(ttlsOf());
      }
      const wanted = ttlsOf();
      for (const ttls of between) {
        for (const [i, ttlMs] of ttls.entries()) expect(ttlMs).toBeGreaterThanOrEqual(Math.min(old[i]!, wanted[i]!));
      }
      expect(mapOf(engine.ttl.rules)).toEqual(mapOf(after));
      expect(expiryChanges(mapOf(after), engine.ttl.rules)).toEqual([]);
    }),
  );
});

it('passes over what no device can have', () => {
  expect(expiryChanges(new Map([[`root.${'a'.repeat(600)}.**`, 1]]), [])).toEqual([]);
});
