// Commands of the metadata group with so few names that they meet.

import { servedDataTypes } from '@balsa/wire';
import fc from 'fast-check';
import type { SchemaCommand, SeriesRegistration } from '../schema/schema-command.ts';
import type { SeriesDefinition } from '../schema/series-bytes.ts';
import { defaultCompressor, defaultEncoding } from '../schema/series-schema.ts';

const node = fc.constantFrom('a', 'b', '`c.d`', 'ab');
const path = fc.array(node, { minLength: 1, maxLength: 3 }).map((nodes) => ['root', ...nodes].join('.'));
const device = fc.oneof({ weight: 9, arbitrary: path }, { weight: 1, arbitrary: fc.constantFrom('nowhere', 'root') });
const measurement = fc.constantFrom('s', 't', 'a', '`u v`', '温度');
const dataType = fc.constantFrom(...servedDataTypes);

/** Patterns that take something now and then. */
export const patterns: fc.Arbitrary<string> = fc
  .array(fc.oneof(node, measurement, fc.constantFrom('*', '**', 'a*', '*b', '*d*')), { minLength: 1, maxLength: 4 })
  .map((nodes) => ['root', ...nodes].join('.'));

export const registrations: fc.Arbitrary<SeriesRegistration> = fc
  .record({ device, isAligned: fc.boolean(), series: fc.array(fc.tuple(measurement, dataType), { maxLength: 4 }) })
  .map((drawn) => ({
    device: drawn.device,
    isAligned: drawn.isAligned,
    measurements: drawn.series.map(([name]) => name),
    dataTypes: drawn.series.map(([, type]) => type),
  }));

const pairs = fc.array(fc.tuple(fc.constantFrom('k', 'l'), fc.constantFrom('v', '')), { maxLength: 2 });

const definitions: fc.Arbitrary<SeriesDefinition> = fc
  .record({ measurement, dataType, alias: fc.option(fc.constantFrom('s', 'z'), { nil: undefined, freq: 2 }), pairs })
  .map((drawn) => ({
    measurement: drawn.measurement,
    dataType: drawn.dataType,
    encoding: defaultEncoding(drawn.dataType),
    compressor: defaultCompressor,
    alias: drawn.alias,
    tags: drawn.pairs,
    attributes: [],
  }));

const rule = fc.oneof(
  path,
  path.map((text) => `${text}.**`),
  fc.constantFrom('root.**', 'root.*.a'),
);
const ttlMs = fc.integer({ min: 0, max: 3 });

export const schemaCommands: fc.Arbitrary<SchemaCommand> = fc.oneof(
  registrations.map((registration) => ({ kind: 'registerSeries' as const, ...registration })),
  fc.record({
    kind: fc.constant('createSeries' as const),
    device,
    isAligned: fc.boolean(),
    definitions: fc.array(definitions, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('createDatabase' as const),
    path: device,
    ttlMs: ttlMs.map((ms) => (ms === 0 ? undefined : ms)),
  }),
  fc.record({
    kind: fc.constantFrom('dropDatabases' as const, 'dropSeries' as const),
    patterns: fc.array(patterns, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('setTtl' as const), path: rule, ttlMs }),
  fc.record({ kind: fc.constant('unsetTtl' as const), path: rule }),
);
