// A scenario as JSON: what the shrinker prints, what `--scenario` reads back.

import { shorten } from '@balsa/linearizability';
import { drawScenario, type Scenario } from './core/scenario.ts';
import { drawNodesScenario, type NodesScenario } from './nodes/scenario.ts';

export type ScenarioErrorCode = 'SCENARIO_INVALID';

/** The text is no scenario; the message names the field and what is expected there. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code: ScenarioErrorCode = 'SCENARIO_INVALID';

  constructor(message: string) {
    super(shorten(message));
  }
}

/** Every field is there, of its type, and nothing else: any scenario will do. */
const template = drawScenario(0);
const nodesTemplate = drawNodesScenario(0);
const sectorBytes = 4096;

/** The bounds that the field's own name does not give. */
const valueMax = 1_000_000_000;
const bounds: Record<string, readonly [min: number, max: number]> = {
  // 0: no window.
  windowEntriesMax: [0, valueMax],
  // 0: no weak writes.
  weakBytesMax: [0, valueMax],
  // 0: no files.
  memtableBytes: [0, valueMax],
  mergeFiles: [2, valueMax],
  // 0: no limit.
  bytesPerSecondMax: [0, valueMax],
  // 0: a disk that takes no time.
  operationMsMax: [0, valueMax],
  seed: [0, Number.MAX_SAFE_INTEGER],
  members: [1, 9],
  nodes: [1, 9],
  clients: [0, 100],
  registers: [1, 1000],
  safetyPhaseMs: [0, 3_600_000],
  proposeMeanMs: [1, 3_600_000],
  newcomers: [0, 9],
  transferMsMin: [0, 3_600_000],
};

export function formatScenario(scenario: object): string {
  return JSON.stringify(scenario, undefined, 2);
}

/** Throws a `ScenarioError`. */
export function parseScenario(text: string): Scenario {
  const value = parseJson(text);
  assertFields(value, template);
  const { network, disk, snapshots } = value;
  checkDelays(network);
  if (disk.flushMsMin > disk.flushMsMax) throw new ScenarioError('disk: flushMsMin is above flushMsMax');
  if (snapshots.transferMsMin > snapshots.transferMsMax)
    throw new ScenarioError('snapshots: transferMsMin is above transferMsMax');
  return value;
}

/** Of whole nodes. Throws a `ScenarioError`. */
export function parseNodesScenario(text: string): NodesScenario {
  const value = parseJson(text);
  assertFields(value, nodesTemplate);
  const { network, log } = value;
  checkDelays(network);
  const isLaidOut = log.segmentBytes % sectorBytes === 0 && log.blockBytesMax % sectorBytes === 0;
  if (!isLaidOut || log.blockBytesMax < sectorBytes || log.segmentBytes < log.blockBytesMax + sectorBytes) {
    throw new ScenarioError(`log: blocks and segments are multiples of ${sectorBytes}, and a segment holds a block`);
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScenarioError(`this is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkDelays({ delayMsMin, delayMsMax }: Scenario['network'] | NodesScenario['network']): void {
  if (delayMsMin > delayMsMax) throw new ScenarioError('network: delayMsMin is above delayMsMax');
}

function assertFields<Like extends object>(value: unknown, like: Like): asserts value is Like {
  checkFields(value, like, '');
}

function checkFields(value: unknown, like: object, path: string): void {
  if (!isRecord(value)) throw new ScenarioError(`${path || 'the whole'}: an object is expected`);
  const unknown = Object.keys(value).find((name) => !(name in like));
  if (unknown !== undefined) throw new ScenarioError(`${join(path, unknown)}: there is no such field`);
  for (const [name, example] of Object.entries(like)) {
    const field = join(path, name);
    if (!(name in value)) throw new ScenarioError(`${field}: is missing`);
    if (isRecord(example)) checkFields(value[name], example, field);
    else if (typeof example === 'number') checkNumber(value[name], name, field);
    else if (typeof value[name] !== typeof example)
      throw new ScenarioError(`${field}: a ${typeof example} is expected`);
  }
}

function checkNumber(value: unknown, name: string, field: string): void {
  const isShare = name.endsWith('Probability') || name.startsWith('crashAt') || name === 'driftMax';
  const [min, max] = isShare ? [0, 1] : (bounds[name] ?? [name.endsWith('Max') ? 1 : 0, valueMax]);
  const fits = typeof value === 'number' && value >= min && value <= max && (isShare || Number.isSafeInteger(value));
  if (fits) return;
  throw new ScenarioError(`${field}: a ${isShare ? '' : 'whole '}number from ${min} to ${max} is expected`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
