// Tablets, queries, their results, and the status of a node.

import { decodeCommandResult, encodeCommandResult } from '../command-result.ts';
import { WireError } from '../errors.ts';
import { type NodeStatus, parseNodeStatus } from '../node-status.ts';
import {
  decodeAggregateQuery,
  decodeAggregateResult,
  decodeRangeQuery,
  decodeRangeResult,
  decodeStoreStatistics,
  encodeAggregateQuery,
  encodeAggregateResult,
  encodeRangeQuery,
  encodeRangeResult,
  encodeStoreStatistics,
} from '../query.ts';
import { StatusCode } from '../status.ts';
import { decodeTablet, decodeTabletHeader, encodeTablet } from '../tablet.ts';
import { sampleTablet } from './sample-tablet.ts';
import { decoderTarget, type FuzzTarget } from './target.ts';

const refusals = [WireError];
const subject = { device: 'root.plant.line4', measurements: ['temperature', 'running'], startMs: -5, endMs: 2 ** 40 };
const status: NodeStatus = {
  nodeId: 1,
  version: '0.1.0',
  uptimeMs: 5000,
  health: 'ready',
  failure: { code: 'LOG_FAILED', message: 'no space' },
  members: [{ id: 1, peer: 'a:1', client: 'a:2', http: 'a:3' }],
  groups: [
    {
      group: 1,
      name: 'data',
      role: 'leader',
      term: 3,
      leader: 1,
      lastIndex: 9,
      durableIndex: 9,
      commitIndex: 9,
      appliedIndex: 8,
      checksum: { index: 8, value: 5 },
      members: [{ id: 1, matchIndex: 9, lag: 0 }],
    },
  ],
  log: { flushes: 4, bytes: 4096 },
};
const tablets = [0, 1, 9, 100].map((rows) => encodeTablet(sampleTablet(rows)));

export const dataTargets: readonly FuzzTarget[] = [
  decoderTarget({
    name: 'wire/tablet',
    corpus: tablets,
    refusals,
    decode: decodeTablet,
    encode: encodeTablet,
  }),
  decoderTarget({ name: 'wire/tablet-header', corpus: tablets, refusals, decode: decodeTabletHeader }),
  decoderTarget({
    name: 'wire/range-query',
    corpus: [encodeRangeQuery({ ...subject, limit: 100 })],
    refusals,
    decode: decodeRangeQuery,
    encode: encodeRangeQuery,
    isCanonical: true,
  }),
  decoderTarget({
    name: 'wire/range-result',
    corpus: [0, 9, 100].map((rows) => encodeRangeResult(sampleTablet(rows))),
    refusals,
    decode: decodeRangeResult,
    encode: encodeRangeResult,
  }),
  decoderTarget({
    name: 'wire/aggregate-query',
    corpus: [encodeAggregateQuery({ ...subject, functions: ['avg', 'last'], windowMs: 2 ** 30 })],
    refusals,
    decode: decodeAggregateQuery,
    encode: encodeAggregateQuery,
    isCanonical: true,
  }),
  decoderTarget({
    name: 'wire/aggregate-result',
    corpus: [
      encodeAggregateResult({
        windowStarts: Float64Array.of(0, 3_600_000),
        columns: [{ measurement: 's1', function: 'avg', values: Float64Array.of(1.25, Number.NaN) }],
      }),
    ],
    refusals,
    decode: decodeAggregateResult,
    encode: encodeAggregateResult,
    isCanonical: true,
  }),
  decoderTarget({
    name: 'wire/store-statistics',
    corpus: [
      encodeStoreStatistics({
        devices: 50,
        series: 150,
        points: 1_313_850,
        rowsApplied: 437_950,
        appliedIndex: 60,
        checksum: 0xffff_ffff,
      }),
    ],
    refusals,
    decode: decodeStoreStatistics,
    encode: encodeStoreStatistics,
    isCanonical: true,
  }),
  decoderTarget({
    name: 'wire/command-result',
    corpus: [encodeCommandResult(StatusCode.SUCCESS), encodeCommandResult(StatusCode.ILLEGAL_PATH, 'grün')],
    refusals,
    decode: decodeCommandResult,
  }),
  decoderTarget({
    name: 'wire/node-status',
    corpus: [Buffer.from(JSON.stringify(status))],
    words: ['null', '[]', '{}', '__proto__', '1e999', '"groups":'],
    refusals,
    decode: (input) => parseNodeStatus(input.toString('utf8')),
    encode: (value) => Buffer.from(JSON.stringify(value)),
  }),
];
