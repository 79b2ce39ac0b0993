// What people write: the configuration, and the bodies and query strings of HTTP requests.

import { checkAggregateQuery, checkRangeQuery, decodeTablet, encodeTablet, type Tablet, WireError } from '@balsa/wire';
import { decoderTarget, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';
import { formatAddress, parseAddress } from '../address.ts';
import { loadConfig, parseConfig } from '../config/load.ts';
import { ServerError } from '../errors.ts';
import { aggregateRequest, fieldsOfQueryString, rangeRequest } from '../http/read-request.ts';
import { snakeCased } from '../http/rest/rest-bodies.ts';
import { tabletFromJson } from '../http/tablet-json.ts';
import { scanTablet } from '../http/tablet-scan.ts';
import { illegal, Refusal } from '../service/refusal.ts';
import { faceTargets } from './faces.ts';

const jsonWords = ['null', '[]', '{}', '""', '-0', '1e999', '"NaN"', '"9223372036854775808"', '__proto__', '\\ud800'];
const subject = { device: 'root.plant.line4', measurements: ['temperature', 'running'], startMs: 0, endMs: 10_000 };
const tablet = {
  device: 'root.plant.line4',
  timestamps: [1, 2, 3],
  measurements: ['a', 'b', 'c', 'd'],
  data_types: ['DOUBLE', 'BOOLEAN', 'INT64', 'TEXT'],
  values: [
    [20.5, null, 'NaN'],
    [true, false, null],
    ['-9223372036854775808', 5, null],
    ['x', '', null],
  ],
};
/** For each of its columns. */
const numbers = tablet.values.map((_, column) => [column, -0.25 * column, 1234567.890625]);

function jsonTarget(name: string, sample: object, decode: (body: unknown) => unknown): FuzzTarget {
  return decoderTarget({
    name: `server/${name}`,
    corpus: [Buffer.from(JSON.stringify(sample))],
    words: jsonWords,
    refusals: [Refusal, WireError],
    decode: (input) => decode(parseBody(input)),
  });
}

/** Stands in for fastify, which refuses by itself what is no JSON. */
function parseBody(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString('utf8'));
  } catch {
    throw illegal('no JSON');
  }
}

/** What is scanned, if it is, is what its JSON says, faults included. */
function scan(input: Buffer): void {
  const scanned = scanTablet(input);
  const said = outcomeOf(() => tabletFromJson(snakeCased(parseBody(input))));
  const found = scanned === undefined ? said : outcomeOf(() => scanned.tablet);
  if (String(found) !== String(said)) throw new FuzzFinding(`scanned as ${found}, where its JSON says ${said}`);
  if (said instanceof Error) throw said;
}

function outcomeOf(read: () => Tablet): string | Error {
  try {
    return encodeTablet(read()).toString('hex');
  } catch (error) {
    return error as Error;
  }
}

export const serverTargets: readonly FuzzTarget[] = [
  decoderTarget({
    name: 'server/config',
    corpus: [
      Buffer.from('clusterName: plant\ntiming: {electionTimeoutMs: 1000, heartbeatIntervalMs: 100}\n'),
      Buffer.from('nodeId: 2\nmembers:\n  - {id: 2, peer: a:1, client: a:2, http: a:3}\n'),
    ],
    // Every bracket was a fault of its own, which took the YAML library six seconds; nested, they ended the process.
    found: [Buffer.from('}'.repeat(60_000)), Buffer.from('{'.repeat(20_000))],
    words: [
      '&a ',
      '*a',
      '<<: ',
      '!!binary ',
      '!!set ',
      '!!omap ',
      '? ',
      '- ',
      '{',
      '[',
      '.inf',
      '.nan',
      '2001-01-01',
      '|\n',
    ],
    refusals: [ServerError],
    decode: (input) => parseConfig(input.toString('utf8'), 'balsa.yaml'),
  }),
  decoderTarget({
    name: 'server/environment',
    corpus: [
      Buffer.from('BALSA_NODE_ID=1\nBALSA_TIMING_ELECTION_TIMEOUT_MS=1000\nHOME=/\nBALSA_LISTEN_HTTP=[::1]:80'),
      Buffer.from('BALSA_MEMBERS=[{id: 1, peer: "a:1", client: "a:2", http: "a:3"}]'),
    ],
    words: ['BALSA_', 'BALSA_LISTEN=', 'BALSA_MEMBERS=', '\n', '=', '__proto__', '-1', '1e3'],
    refusals: [ServerError],
    decode: (input) => {
      const lines = input.toString('utf8').split('\n');
      return loadConfig({ env: Object.fromEntries(lines.map((line) => line.split('=', 2))) });
    },
  }),
  jsonTarget('tablet-json', tablet, (body) => decodeTablet(encodeTablet(tabletFromJson(body)))),
  decoderTarget({
    name: 'server/tablet-scan',
    corpus: [tablet, { ...tablet, data_types: tablet.data_types.map(() => 'FLOAT'), values: numbers }].map((body) =>
      Buffer.from(JSON.stringify(body)),
    ),
    words: [...jsonWords, '20.123456789012345678', '00', '.5', 'dataTypes', 'deviceId', 'is_aligned":true,'],
    refusals: [Refusal, WireError],
    decode: scan,
  }),
  jsonTarget('range-json', { ...subject, limit: 10 }, (body) => checkRangeQuery(rangeRequest(body).query)),
  jsonTarget('aggregate-json', { ...subject, functions: ['avg', 'last'], windowMs: 1000 }, (body) =>
    checkAggregateQuery(aggregateRequest(body).query),
  ),
  decoderTarget({
    name: 'server/query-string',
    corpus: [Buffer.from('device=root.a.b&measurements=s1,s2&startMs=0&endMs=10&limit=5&consistency=local')],
    words: ['&', '=', ',', '%00', 'startMs=', '__proto__='],
    refusals: [Refusal, WireError],
    decode: (input) => {
      const fields = Object.fromEntries(new URLSearchParams(input.toString('utf8')));
      checkRangeQuery(rangeRequest(fieldsOfQueryString(fields)).query);
    },
  }),
  decoderTarget({
    name: 'server/address',
    corpus: ['10.0.0.1:7001', '[fe80::1]:7101', 'node-1.example:80'].map((text) => Buffer.from(text)),
    words: ['[', ']', ':', '::', '65536'],
    refusals: [ServerError],
    decode: (input) => {
      const address = parseAddress(input.toString('latin1'));
      if (address === undefined) throw new ServerError('CONFIG_INVALID', 'not an address');
      return address;
    },
    encode: (address) => Buffer.from(formatAddress(address), 'latin1'),
  }),
  ...faceTargets,
];
