// Series beside the registers, where the data group has files: somebody writes, deletes and sets times to live, through any node; somebody
// else reads on any node, as it is, and must see what the log says about the commands that the node has applied.

import { encodeCommand } from '@balsa/engine/testing';
import type { SeededRandom } from '@balsa/raft';
import { decodeCommandResult, StatusCode } from '@balsa/wire';
import { Violation } from '../../oracles.ts';
import type { Scheduler } from '../../scheduler.ts';
import type { GroupHistories } from '../group-histories.ts';
import { proposeToData } from '../node-service.ts';
import type { NodesScenario } from '../scenario.ts';
import { dataGroup, type SimulatedNode } from '../simulated-node.ts';
import type { Verdict } from '../verdict.ts';
import { askStatement } from './ask-statement.ts';
import { readDevice, type Span } from './read-device.ts';
import { devices, SeriesCommands, timesMax } from './series-commands.ts';
import { SeriesStatements } from './series-statements.ts';

export interface SeriesPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: NodesScenario;
  readonly nodes: readonly SimulatedNode[];
  /** Of the data group. */
  readonly histories: GroupHistories;
  readonly verdict: Verdict;
}

/** What a disk that fails, or a process that is about to stop, lets a read end with. */
const codesOfFailures: ReadonlySet<string> = new Set(['STORAGE_DAMAGED', 'STORAGE_CLOSED', 'EIO', 'ENOSPC']);
/** Of each node at the end. */
const lastStatements = 4;

export class SeriesTrial {
  readonly #ports: SeriesPorts;
  readonly #commands: SeriesCommands;
  readonly #statements: SeriesStatements;
  /** Of statements that are under way; some will never be answered, for the process is dead that was asked. */
  readonly #underWay = new Set<AbortController>();
  #isCalm = false;
  /** Reads and statements that were compared with what they had to be. */
  compared = 0;

  constructor(ports: SeriesPorts) {
    this.#ports = ports;
    this.#commands = new SeriesCommands(ports.random, ports.scenario.series);
    this.#statements = new SeriesStatements(ports.random);
  }

  start(): void {
    const { scheduler, random, scenario } = this.#ports;
    const repeat = (meanMs: number, act: () => void): void =>
      scheduler.repeat(random, meanMs, () => {
        if (!this.#isCalm) act();
      });
    repeat(scenario.series.commandMeanMs, () => this.#command());
    repeat(scenario.series.readMeanMs, () => this.#read(this.#anyNode()));
  }

  calmDown(): void {
    this.#isCalm = true;
  }

  /** Nobody waits for what the dead have not answered. */
  end(): void {
    for (const asked of this.#underWay) asked.abort(new Error('the run is over'));
  }

  /** Everything that a node shows. Its files are whole, and nothing more is written. Rejects with what is wrong. */
  async readAll(node: SimulatedNode): Promise<void> {
    const { scenario } = this.#ports;
    if (scenario.series.commandMeanMs === 0) return;
    const statements = Array.from({ length: lastStatements }, () => this.#statements.next());
    const spans = devices.map(() => this.#span());
    await Promise.all([
      ...devices.map((device, i) => this.#readDevice(node, device, spans[i]!)),
      ...statements.map((statement) => this.#ask(node, statement)),
    ]);
  }

  #command(): void {
    const { random, scenario, verdict, histories } = this.#ports;
    const command = encodeCommand(this.#commands.next());
    const timeoutMs = random.integerBetween(1, scenario.workload.attemptMsMax + 1);
    const node = this.#anyNode();
    const { process } = node;
    process?.run(() => {
      proposeToData(node, command, timeoutMs, ({ index, result }) => {
        // Who dies of it has not applied it.
        if (!process.isAlive) return;
        const { status, message } = decodeCommandResult(Buffer.from(result));
        // There may be no rule to unset.
        const isRight = status === StatusCode.SUCCESS || status === StatusCode.PATH_NOT_EXIST;
        if (!isRight) verdict.note(new Violation('series', `a command is refused at ${index}: ${status} ${message}`));
        if (histories.haveApplied(index, command)) return;
        verdict.note(
          new Violation('acknowledged writes', `nobody has applied a command that is done, as is said at ${index}`),
        );
      });
    });
  }

  #read(node: SimulatedNode): void {
    const isStatement = this.#ports.random.chance(0.5);
    const statement = this.#statements.next();
    const device = devices[this.#ports.random.integerBetween(0, devices.length)]!;
    const span = this.#span();
    const { process } = node;
    process?.run(() => {
      const reading = isStatement ? this.#ask(node, statement) : this.#readDevice(node, device, span);
      reading.catch((error: unknown) => {
        if (process.isAlive && !mayFailSo(node, error)) this.#ports.verdict.note(error);
      });
    });
  }

  async #readDevice(node: SimulatedNode, device: string, span: Span): Promise<void> {
    const shown = this.#shownBy(node);
    if (shown === undefined) return;
    const { engine, log, version } = shown;
    await readDevice(engine, device, log.contentOf(version), span).catch((error: unknown) => {
      throw error instanceof Violation
        ? new Violation(error.oracle, `node ${node.id}: ${error.message.slice(error.oracle.length + 2)}`)
        : error;
    });
    this.compared++;
  }

  /** A statement reads more than once, so it says something only if nothing has changed meanwhile. */
  async #ask(node: SimulatedNode, statement: string): Promise<void> {
    const shown = this.#shownBy(node);
    if (shown === undefined) return;
    const { engine, log, version, restores } = shown;
    const asked = new AbortController();
    this.#underWay.add(asked);
    const check = await askStatement(engine, statement, asked.signal).finally(() => this.#underWay.delete(asked));
    const now = this.#shownBy(node);
    if (now?.engine !== engine || now.version !== version || now.restores !== restores) return;
    check(log.contentOf(version));
    this.compared++;
  }

  /** What the state of a node is at this moment; `undefined`: it has none that it would show. */
  #shownBy(node: SimulatedNode) {
    const group = node.group(dataGroup);
    const engine = node.running?.store.engine;
    // Within a batch at which it failed, a state is whatever it has come to.
    if (engine === undefined || group === undefined || group.failure !== undefined || group.status().isRestoring)
      return undefined;
    const log = this.#ports.histories.ofLineage(node.observed(dataGroup).lineage).series;
    return { engine, log, version: log.versionAt(engine.appliedIndex), restores: node.snapshotsInstalled };
  }

  #span(): Span {
    const startMs = this.#ports.random.integerBetween(0, timesMax);
    return { startMs, endMs: startMs + this.#ports.random.integerBetween(1, timesMax) };
  }

  #anyNode(): SimulatedNode {
    const { nodes, random } = this.#ports;
    const deployed = nodes.filter(({ isDeployed }) => isDeployed);
    return deployed[random.integerBetween(0, deployed.length)] ?? nodes[0]!;
  }
}

/** Damage and failures of the disk are told by their code, and there is a reason for them. */
function mayFailSo(node: SimulatedNode, error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === 'STORAGE_CLOSED') return true;
  return code !== undefined && codesOfFailures.has(code) && node.mayFail;
}
