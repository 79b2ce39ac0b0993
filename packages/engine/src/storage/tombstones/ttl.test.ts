import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalDevice } from '../../path.ts';
import { encodeSchemaCommand } from '../../schema/schema-command.ts';
import { SchemaRegistry } from '../../schema/schema-registry.ts';
import { canonicalTtlPath, TtlRules } from './ttl.ts';

const node = fc.constantFrom('a', 'b', 'ab', '`a.b`');
const path = fc.array(node, { minLength: 1, maxLength: 3 }).map((nodes) => ['root', ...nodes].join('.'));
const rulePath = fc.oneof(
  path,
  path.map((it) => `${it}.**`),
  fc.constant('root.**'),
);

it('means by its path what the schema means by it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ path: rulePath, ttlMs: fc.integer({ min: 1, max: 9 }) })),
      path,
      (rules, device) => {
        const registry = new SchemaRegistry();
        let ttl = TtlRules.none;
        for (const [i, rule] of rules.entries()) {
          registry.apply(i + 1, encodeSchemaCommand({ kind: 'setTtl', ...rule }));
          ttl = ttl.with({ ...rule, path: canonicalTtlPath(rule.path)! });
        }
        const canonical = canonicalDevice(device)!;
        expect(ttl.ruleFor(canonical)?.ttlMs).toBe(registry.ttlMsOf(canonical));
      },
    ),
  );
});

it.each(['root', 'root.*.**', 'root.**.a', 'plant.**', 'root.a.', `root.${'a'.repeat(600)}.**`])(
  'cannot be of %s',
  (text) => {
    expect(canonicalTtlPath(text)).toBeUndefined();
  },
);
