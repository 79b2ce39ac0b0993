import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ServerError } from '../errors.ts';
import { defaultConfigText } from './default-text.ts';
import { DurabilityMode } from './durability.ts';
import { type ConfigSources, loadConfig } from './load.ts';
import { logLevels } from './node-config.ts';
import { settings } from './setting.ts';

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'balsa-config-'));
  file = join(folder, 'node.yaml');
});

afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  writeFileSync(file, text);
  return file;
}

function problemsOf(sources: ConfigSources): string {
  try {
    loadConfig(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return error instanceof ServerError ? error.message : '';
  }
  throw new Error('the configuration was accepted');
}

describe('defaults', () => {
  test('the printed default file parses back to the defaults', () => {
    const { dataFolder, ...defaults } = loadConfig();
    const { dataFolder: printedFolder, ...printed } = loadConfig({ file: fileWith(defaultConfigText()) });
    expect(printed).toEqual(defaults);
    expect(dataFolder).toBe(resolve('balsa-data'));
    expect(printedFolder).toBe(join(folder, 'balsa-data'));
  });

  test('the printed default file names and describes every setting, in lines of at most 120 columns', () => {
    const text = defaultConfigText();
    for (const setting of settings) {
      expect(text).toContain(`${setting.path.at(-1)}:`);
      expect(setting.description.length, setting.flagName).toBeGreaterThan(0);
    }
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  test('what the default file shows as comments is valid too', () => {
    const uncommented = defaultConfigText().replace(/^# ( *(?:listen|peer|client|http):)/gm, '$1');
    expect(loadConfig({ file: fileWith(uncommented) }).listen).toEqual({
      peer: '0.0.0.0:7001',
      client: '0.0.0.0:7101',
      http: '0.0.0.0:7201',
    });
  });

  test('an empty file gives the defaults', () => {
    expect(loadConfig({ file: fileWith('') }).nodeId).toBe(1);
  });
});

describe('sources', () => {
  const drawnSettings = {
    nodeId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    clusterName: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
    logLevel: fc.constantFrom(...logLevels),
    electionTimeoutMs: fc.integer({ min: 50, max: 60_000 }),
    mode: fc.constantFrom(...Object.values(DurabilityMode)),
    httpBodyBytesMax: fc.integer({ min: 1024, max: 1024 ** 2 }),
  };

  test('file, environment and flags mean the same', () => {
    fc.assert(
      fc.property(fc.record(drawnSettings), (drawn) => {
        const members = [{ id: drawn.nodeId, peer: 'a:1', client: '[::1]:2', http: 'c.d:3' }];
        const heartbeatIntervalMs = 5;
        const { nodeId, clusterName, logLevel, electionTimeoutMs, mode, httpBodyBytesMax } = drawn;
        const dataFolder = '/data';
        const fromFile = loadConfig({
          file: fileWith(
            stringify({
              nodeId,
              clusterName,
              dataFolder,
              logLevel,
              members,
              timing: { electionTimeoutMs, heartbeatIntervalMs },
              durability: { mode },
              limits: { httpBodyBytesMax },
            }),
          ),
        });
        const texts = {
          'node-id': String(nodeId),
          'cluster-name': clusterName,
          'data-folder': dataFolder,
          'log-level': logLevel,
          members: JSON.stringify(members),
          'timing-election-timeout-ms': String(electionTimeoutMs),
          'timing-heartbeat-interval-ms': String(heartbeatIntervalMs),
          'durability-mode': mode,
          'limits-http-body-bytes-max': String(httpBodyBytesMax),
        };
        const variables = Object.entries(texts).map(([name, text]) => [
          `BALSA_${name.toUpperCase().replaceAll('-', '_')}`,
          text,
        ]);
        expect(loadConfig({ flags: texts })).toEqual(fromFile);
        expect(loadConfig({ env: Object.fromEntries(variables) })).toEqual(fromFile);
        expect(fromFile).toMatchObject({ nodeId, clusterName, timing: { electionTimeoutMs }, durability: { mode } });
        expect(fromFile.listen).toEqual({ peer: 'a:1', client: '[::1]:2', http: 'c.d:3' });
      }),
    );
  });

  test('flags win over the environment, the environment over the file', () => {
    const sources = { file: fileWith('logLevel: error\n'), env: { BALSA_LOG_LEVEL: 'warn' } };
    expect(loadConfig({ file: sources.file }).logLevel).toBe('error');
    expect(loadConfig(sources).logLevel).toBe('warn');
    expect(loadConfig({ ...sources, flags: { 'log-level': 'debug' } }).logLevel).toBe('debug');
  });

  test('variables of others are left alone, Kubernetes service variables among them', () => {
    const env = { PATH: '/bin', BALSA_SERVICE_HOST: '10.0.0.1', BALSA_PORT_7101_TCP: 'tcp://10.0.0.1:7101' };
    expect(loadConfig({ env })).toEqual(loadConfig());
  });
});

describe('refusals', () => {
  test.each([
    ['an unknown field', 'clusterNane: x', 'clusterNane: unknown field, did you mean clusterName?'],
    ['an unknown nested field', 'timing: {electionTimeout: 5}', 'did you mean timing.electionTimeoutMs?'],
    ['an unknown field far from all', 'limits: {zzz: 1}', 'limits.zzz: unknown field, known here: frameBytesMax'],
    ['a member with an unknown field', 'members: [{id: 1, per: a:1, client: a:2, http: a:3}]', 'members[0].peer?'],
    ['a wrong type', 'nodeId: one', 'nodeId: expected an integer from 1 to 9007199254740991, got string "one"'],
    ['a fraction', 'nodeId: 1.5', 'got number 1.5'],
    ['a number out of range', 'timing: {electionTimeoutMs: 1}', 'expected an integer from 50 to 60000, got number 1'],
    ['an unknown choice', 'durability: {mode: fast}', 'expected one of sync, batched, memory, got string "fast"'],
    [
      'a section that is none',
      'timing: 5',
      'timing: expected {electionTimeoutMs, heartbeatIntervalMs, hibernateAfterMs}, got number 5',
    ],
    ['an empty section', 'limits:', 'limits: expected a map of limits, got null'],
    ['an address without a port', 'listen: {peer: localhost}', 'listen.peer: expected an address such as 0.0.0.0:7001'],
    ['port 0', 'listen: {peer: "localhost:0"}', 'listen.peer: expected an address'],
    ['no members', 'members: []', 'expected at least one member'],
    [
      'a zone that is no name',
      'members: [{id: 1, peer: a:1, client: a:2, http: a:3, zone: "a b"}]',
      'members[0].zone: expected a zone',
    ],
    [
      'a member without a zone next to one with a zone',
      'members: [{id: 1, peer: a:1, client: a:2, http: a:3, zone: x}, {id: 2, peer: b:1, client: b:2, http: b:3}]',
      'members: 2 have no zone, and others have',
    ],
    [
      'another zone than members say',
      'zone: y\nmembers: [{id: 1, peer: a:1, client: a:2, http: a:3, zone: x}]',
      'zone: y, but members have node 1 in x',
    ],
    ['a zone of which members say nothing', 'zone: y', 'zone: y, but members have node 1 in no zone'],
    ['an own id that is no member', 'nodeId: 2', 'nodeId: 2 is not among the members (1)'],
    [
      'a repeated id',
      'members: [{id: 1, peer: a:1, client: a:2, http: a:3}, {id: 1, peer: b:1, client: b:2, http: b:3}]',
      'id 1 appears more than once',
    ],
    [
      'a repeated address',
      'members: [{id: 1, peer: A:1, client: a:1, http: a:3}]',
      'members[0].client: a:1 is already the address of members[0].peer',
    ],
    [
      'a lost disk that nobody can restore',
      'replacesLostDisk: yes',
      'replacesLostDisk: of 1 members, the others cannot',
    ],
    ['a slow heartbeat', 'timing: {electionTimeoutMs: 300}', 'not less than a third of timing.electionTimeoutMs (300)'],
    [
      'a log shorter than what is kept of it',
      'snapshots: {logBytesMax: 65536}',
      'snapshots.logBytes and snapshots.logTailBytes',
    ],
    [
      'memory for less than two memtables',
      'storage: {memoryBytesMax: 67108864}',
      'storage.memoryBytesMax: 67108864 is less than twice storage.memtableBytes (67108864)',
    ],
    [
      'a rate below 0',
      'snapshots: {restoreBytesPerSecondMax: -1}',
      'snapshots.restoreBytesPerSecondMax: expected a number of bytes from 0 to 1099511627776, got number -1',
    ],
    [
      'reports without end',
      'report: {intervalMs: 5}',
      'report.intervalMs: expected 0, or an integer from 100 to 86400000',
    ],
    [
      'a report at shutdown or not',
      'report: {atShutdown: true}',
      'report.atShutdown: expected one of no, yes, got boolean',
    ],
    ['a proposal that fits no frame', 'limits: {frameBytesMax: 1048576}', 'more than half of limits.frameBytesMax'],
    ['a list', '- 1', 'expected a map of settings, got a list'],
    ['broken YAML', 'a: [', 'is not YAML'],
    ['a repeated field', 'nodeId: 1\nnodeId: 2', 'is not YAML'],
    // Both were errors without a code once.
    ['a list within itself', 'members: &a [*a]', 'got list that contains itself'],
    ['a map within itself', 'timing: &a {electionTimeoutMs: *a}', 'got object that contains itself'],
  ])('%s', (_, text, expected) => {
    const problems = problemsOf({ file: fileWith(text) });
    expect(problems).toContain(expected);
    expect(problems).toContain(file.split('/').at(-1) ?? '');
  });

  test('all problems at once, each with where it came from', () => {
    const problems = problemsOf({
      file: fileWith('nodeld: 3'),
      env: { BALSA_NODE_ID: 'abc', BALSA_LOG_LEVL: 'info' },
      flags: { 'durability-mode': 'fast', 'data-foldr': 'x' },
    });
    expect(problems.split('\n')).toHaveLength(6);
    expect(problems).toMatch(/^5 problems in the configuration of /m);
    expect(problems).toContain('got string "abc" (BALSA_NODE_ID)');
    expect(problems).toContain('BALSA_LOG_LEVL: unknown setting, did you mean BALSA_LOG_LEVEL?');
    expect(problems).toContain('got string "fast" (--durability-mode)');
    expect(problems).toContain('--data-foldr: unknown setting, did you mean --data-folder?');
    expect(problems).toContain('nodeld: unknown field, did you mean nodeId?');
  });

  test('no more than can be read', () => {
    const lines = problemsOf({ file: fileWith(`${'x'.repeat(1000)}: 1`) }).split('\n');
    expect(lines.every(({ length }) => length < 400)).toBe(true);
    const many = Array.from({ length: 1000 }, (_, i) => `field${i}: 1`).join('\n');
    const problems = problemsOf({ file: fileWith(many) });
    expect(problems.split('\n').length).toBeLessThan(30);
    expect(problems).toContain('and 980 more');
  });

  test('any YAML gives a configuration or a coded refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((value) => stringify(value)),
        ),
        (text) => {
          try {
            loadConfig({ file: fileWith(text) });
          } catch (error) {
            expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
          }
        },
      ),
    );
  });

  test('a file that is not there or too large', () => {
    expect(() => loadConfig({ file: join(folder, 'missing.yaml') })).toThrow(/cannot read the configuration: ENOENT/);
    expect(() => loadConfig({ file: folder })).toThrow(/cannot read the configuration: EISDIR/);
    expect(problemsOf({ file: fileWith('#'.repeat(64 * 1024 + 1)) })).toContain('a configuration has at most 65536');
  });
});
