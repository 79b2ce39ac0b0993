// Clients as they are in the field: they write under a session, ask again elsewhere what has no answer, read linearizably
// and locally, lose patience, and come back anew. What they saw becomes a history.

import type { Operation, RegisterAction } from '@balsa/linearizability';
import { type NodeId, SeededRandom } from '@balsa/raft';
import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import type { GroupHistories } from './group-histories.ts';
import {
  type Answer,
  encodeWrite,
  openSession,
  type Reply,
  readLinearizable,
  readLocally,
  readWithLag,
  write,
} from './node-service.ts';
import type { NodesScenario } from './scenario.ts';
import { dataGroup, type SimulatedNode } from './simulated-node.ts';
import type { StalenessOracle } from './staleness-oracle.ts';
import type { Verdict } from './verdict.ts';

export interface ClientPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: NodesScenario;
  readonly nodes: readonly SimulatedNode[];
  /** Of the data group. */
  readonly histories: GroupHistories;
  readonly verdict: Verdict;
  readonly history: ClientHistory;
  readonly staleness: StalenessOracle;
  /** Does it belong to all groups? */
  readonly isMember: (node: SimulatedNode) => boolean;
}

/** Operations that are still under way, or were given up, have no return. */
type Pending = Omit<Operation<RegisterAction>, 'returnAt' | 'action'> & {
  action: RegisterAction;
  returnAt: number | undefined;
};

export class ClientHistory {
  readonly #operations: Pending[] = [];
  /** By lineage: since when there is one, what had survived by then, and when writes were applied in it. */
  readonly #lineages: LineageRecord[] = [{ fromTime: 0, survived: [], appliedAt: new Map() }];
  /** Events so far: a clock that never shows the same time twice. */
  #now = 0;

  called(client: number, key: string, action: RegisterAction): Pending {
    const operation: Pending = { client, key, action, callAt: this.#now++, returnAt: undefined };
    this.#operations.push(operation);
    return operation;
  }

  returned(operation: Pending): void {
    operation.returnAt = this.#now++;
  }

  /** A write was applied for the first time anywhere in this lineage. */
  applied(lineage: number, value: string): void {
    this.#lineages[lineage]!.appliedAt.set(value, this.#now++);
  }

  /** The group is forced to go on. Each register begins anew, with the value that has survived. No answer may be under way. */
  forcedOn(values: ReadonlyMap<string, string>): void {
    const fromTime = this.#now++;
    const returnAt = this.#now++;
    const survived = [...values].map(([key, value]) => {
      const action = { op: 'write', value } as const;
      return { client: 0, key, action, callAt: fromTime, returnAt };
    });
    this.#lineages.push({ fromTime, survived, appliedAt: new Map() });
  }

  /** Of all lineages, in each of which registers are others. */
  operations(): Operation<RegisterAction>[] {
    return this.#lineages.flatMap((_, lineage) => {
      const operations = this.operationsOf(lineage);
      return lineage === 0 ? operations : operations.map((it) => ({ ...it, key: `${it.key} of lineage ${lineage}` }));
    });
  }

  /**
   * What was under way in this lineage, and began with what had survived. A read without an answer says nothing. A write that nobody was
   * told about had taken effect when it was first applied, if it ever was. One that was under way when a lineage began may have taken effect
   * in both; and so may one that was over, if it is lost, and the log that was kept holds an earlier attempt that never was committed.
   */
  operationsOf(lineage: number): Operation<RegisterAction>[] {
    const { fromTime, survived, appliedAt } = this.#lineages[lineage]!;
    const untilTime = this.#lineages[lineage + 1]?.fromTime ?? Number.POSITIVE_INFINITY;
    const operations = this.#operations.flatMap((operation) => {
      const { action, callAt, returnAt } = operation;
      if (callAt > untilTime) return [];
      const applied = action.op === 'write' ? appliedAt.get(String(action.value)) : undefined;
      const isAnsweredHere = returnAt !== undefined && returnAt >= fromTime && returnAt < untilTime;
      const settledAt = isAnsweredHere ? returnAt : applied;
      return settledAt === undefined ? [] : [{ ...operation, returnAt: settledAt }];
    });
    return [...survived, ...operations];
  }
}

interface LineageRecord {
  readonly fromTime: number;
  readonly survived: readonly Operation<RegisterAction>[];
  readonly appliedAt: Map<string, number>;
}

/** How many operations under way at a time, each of which may be the oldest without an answer. */
const lanes = 2;
/** Writes of which a client was told early, and goes on before it knows more. */
const unconfirmedMax = 8;
/** How long a question, or an answer, is under way. */
export const networkMsMax = 5;

export class SimulatedClient {
  readonly #id: number;
  readonly #ports: ClientPorts;
  #session: number | undefined;
  #nextSequence = 1;
  #nextValue = 1;
  readonly #unanswered = new Set<number>();
  #lastGood: NodeId | undefined;
  /** Of what it asks to be told early: what else a seed draws stays what it was before there was such a thing. */
  readonly #early: SeededRandom;
  /** Writes of which it was told early, and whose outcome it does not know. */
  #unconfirmed = 0;
  /** Values of which it was told that they are committed. */
  readonly toldCommitted: string[] = [];
  /** How often it has come back anew, and has forgotten all that it had not heard of. */
  #life = 0;
  #isCalm = false;
  #done = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #lanesUnderWay = 0;

  constructor(id: number, ports: ClientPorts) {
    this.#id = id;
    this.#ports = ports;
    this.#early = new SeededRandom(ports.scenario.seed ^ Math.imul(id, 0x85eb_ca6b));
  }

  /** Everything that it wanted is done, and it knows what became of it. */
  get isDone(): boolean {
    return this.#lanesUnderWay === 0 && this.#unconfirmed === 0;
  }

  start(): void {
    for (let lane = 0; lane < lanes; lane++) {
      this.#lanesUnderWay++;
      this.#think();
    }
  }

  /** From now on it never loses patience, and stops after so many more operations. */
  calmDown(operations: number): void {
    this.#isCalm = true;
    this.#wanted = this.#done + operations;
  }

  #think(): void {
    const { scheduler, random, scenario } = this.#ports;
    scheduler.after(random.integerBetween(0, scenario.workload.thinkMsMax + 1), () => {
      if (this.#done >= this.#wanted) this.#lanesUnderWay--;
      else this.#operate();
    });
  }

  #operate(): void {
    const { random, scenario } = this.#ports;
    const { comebackProbability, readProbability, localReadProbability, lagReadProbability, registers } =
      scenario.workload;
    const register = `r${random.integerBetween(0, registers)}`;
    if (random.chance(comebackProbability)) {
      this.#life++;
      this.#forgetSession();
    }
    if (lagReadProbability > 0 && random.chance(lagReadProbability)) this.#readWithLag(register);
    else if (random.chance(localReadProbability)) this.#readLocally(register);
    else if (random.chance(readProbability)) this.#read(register);
    else if (this.#session === undefined) this.#openSession();
    else this.#write(register, this.#session);
  }

  #finish(): void {
    this.#done++;
    this.#think();
  }

  #openSession(): void {
    this.#try((node, timeoutMs, reply) => openSession(node, timeoutMs, reply), {
      answered: (answer) => {
        if (answer.kind !== 'session') return;
        // The other lane may have been quicker.
        if (this.#session === undefined) {
          this.#session = answer.id;
          this.#nextSequence = 1;
          this.#unanswered.clear();
        }
        this.#finish();
      },
      gaveUp: () => this.#finish(),
    });
  }

  #write(register: string, session: number): void {
    const { history, verdict, histories } = this.#ports;
    const sequence = this.#nextSequence++;
    this.#unanswered.add(sequence);
    const [acknowledgedBelow = sequence] = this.#unanswered;
    const value = this.#drawValue();
    const payload = encodeWrite({ session, sequence, acknowledgedBelow }, register, value);
    const operation = history.called(this.#id, register, { op: 'write', value });
    const wanted = this.#drawAcknowledgement();
    const life = this.#life;
    let isTold = false;
    let isUnconfirmed = false;
    const settle = (): void => {
      if (this.#session === session) this.#unanswered.delete(sequence);
      if (isUnconfirmed) this.#unconfirmed--;
      else this.#finish();
    };
    // Who was told once does not ask for it again, and does not lose patience; only who comes back anew has forgotten it.
    const ask: Ask = (node, timeoutMs, reply) => {
      const acknowledge = isTold ? 'applied' : wanted;
      write(node, register, payload, { timeoutMs, acknowledge }, reply);
    };
    this.#try(ask, {
      insists: () => isTold && this.#life === life,
      accepted: (how) => {
        if (isTold) return;
        isTold = true;
        this.#checkAccepted(value, payload, how);
        // With too many of them, it waits.
        if (this.#unconfirmed >= unconfirmedMax) return;
        isUnconfirmed = true;
        this.#unconfirmed++;
        this.#finish();
      },
      answered: (answer) => {
        history.returned(operation);
        const wrong =
          answer.kind === 'refused' ? `refused: ${answer.message}` : 'acknowledged, and nobody has applied it';
        if (answer.kind === 'refused' || !histories.current.registers.has(value)) {
          verdict.note(new Violation('acknowledged writes', `${value} was ${wrong}`));
        }
        settle();
      },
      // Whether it was applied before that, nobody can say any more.
      refused: (code) => {
        if (code === 'SESSION_UNKNOWN' && this.#session === session) this.#forgetSession();
        settle();
      },
      gaveUp: settle,
    });
  }

  #drawAcknowledgement(): Acknowledgement {
    const { earlyProbability, weakBytesMax } = this.#ports.scenario.weak;
    if (earlyProbability === 0 || !this.#early.chance(earlyProbability)) return 'applied';
    return weakBytesMax > 0 && this.#early.chance(0.5) ? 'weak' : 'committed';
  }

  /** A quorum has it, or somebody has committed it by now. */
  #checkAccepted(value: string, payload: Buffer, how: EarlyAcknowledgement): void {
    const { histories, verdict, nodes } = this.#ports;
    if (how === 'committed') this.toldCommitted.push(value);
    const configurations = nodes.map((node) => node.observed(dataGroup).configuration);
    if (histories.have(payload, configurations)) return;
    verdict.note(new Violation('weak acceptance', `a client was told that ${value} is ${how}, and no quorum has it`));
  }

  #read(register: string): void {
    const { history } = this.#ports;
    const operation = history.called(this.#id, register, { op: 'read' });
    this.#try((node, timeoutMs, reply) => readLinearizable(node, register, timeoutMs, reply), {
      answered: (answer) => {
        if (answer.kind !== 'value') return;
        operation.action = { op: 'read', result: answer.value };
        history.returned(operation);
        this.#finish();
      },
      gaveUp: () => this.#finish(),
    });
  }

  #readLocally(register: string): void {
    const node = this.#anyNode();
    this.#deliver(node, () => readLocally(node, register, (answer) => this.#checkValue(node, register, answer)));
    this.#finish();
  }

  #readWithLag(register: string): void {
    const { random, scenario, staleness, verdict } = this.#ports;
    const { attemptMsMax, lagMsMax, lagEntriesMax } = scenario.workload;
    const node = this.#anyNode();
    const timeoutMs = random.integerBetween(1, attemptMsMax + 1);
    const maxLag = {
      ms: random.integerBetween(0, lagMsMax + 1),
      entries: random.integerBetween(0, lagEntriesMax + 1),
    };
    this.#deliver(node, (isAlive) => {
      const sees = staleness.began(node.id, maxLag);
      readWithLag(node, register, { timeoutMs, maxLag }, (answer) => {
        if (!isAlive()) return;
        if (answer.kind === 'value') verdict.hold(() => sees(answer.appliedIndex));
        this.#checkValue(node, register, answer);
      });
    });
    this.#finish();
  }

  /** Whatever a node has applied is the same as what any other node had at that index. */
  #checkValue(node: SimulatedNode, register: string, answer: Answer): void {
    const { histories, verdict } = this.#ports;
    if (answer.kind !== 'value') return;
    const { registers } = histories.ofLineage(node.observed(dataGroup).lineage);
    const expected = registers.valueAt(register, answer.appliedIndex);
    if (answer.value === expected) return;
    const seen = `node ${node.id} at index ${answer.appliedIndex} has ${answer.value} in ${register}, not ${expected}`;
    verdict.note(new Violation('local reads', seen));
  }

  /**
   * Who was left behind when the group was forced to go on speaks for it no more. It may still pass on a session or a write, and the
   * answer, to who led it before and leads the group now: written is only what that group has applied.
   */
  #checkLineage(node: SimulatedNode, { kind }: Answer): void {
    const { histories, verdict } = this.#ports;
    const { lineage } = node.observed(dataGroup);
    if (kind !== 'value' || !histories.hasLeftBehind(lineage)) return;
    const words = `node ${node.id} is of lineage ${lineage}, and reads as if the group had not gone on`;
    verdict.note(new Violation('lineages', words));
  }

  /** Asks one node after the other, until there is an answer or patience ends. */
  #try(ask: Ask, ends: Ends): void {
    const { scheduler, random, scenario } = this.#ports;
    const { attemptMsMax, attemptsMax } = scenario.workload;
    let isSettled = false;
    let attempt = 0;
    const settle = (end: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      end();
    };
    const next = (): void => {
      if (isSettled) return;
      if (attempt >= attemptsMax && !this.#isCalm && ends.insists?.() !== true) {
        settle(ends.gaveUp);
        return;
      }
      const current = ++attempt;
      const node = this.#pickNode();
      const timeoutMs = this.#isCalm ? 2_000 : random.integerBetween(1, attemptMsMax + 1);
      const again = (): void => {
        if (current === attempt) next();
      };
      const reply: Reply = (answer) =>
        scheduler.after(random.integerBetween(0, networkMsMax), () => {
          if (answer.kind === 'accepted') {
            if (!isSettled) ends.accepted?.(answer.how);
            return;
          }
          if (answer.kind !== 'failed') {
            this.#lastGood = node.id;
            settle(() => ends.answered(answer));
            return;
          }
          if (this.#lastGood === node.id) this.#lastGood = undefined;
          if (isFinal(answer.code) && ends.refused !== undefined) settle(() => ends.refused?.(answer.code));
          else if (current === attempt) scheduler.after(random.integerBetween(1, 50), again);
        });
      this.#deliver(node, (isAlive) =>
        ask(node, timeoutMs, (answer) => {
          if (!isAlive()) return;
          this.#checkLineage(node, answer);
          reply(answer);
        }),
      );
      // Also if the node dies with the question: it may never come back, and in the calm that is no reason to fail. In the faults before
      // it, who is good stays so, that seeds on record find what they found.
      scheduler.after(timeoutMs + 4 * networkMsMax, () => {
        if (this.#isCalm && current === attempt && this.#lastGood === node.id) this.#lastGood = undefined;
        again();
      });
    };
    next();
  }

  /** The dead answer nothing: `isAlive` tells whether the process still is that was asked. */
  #deliver(node: SimulatedNode, ask: (isAlive: () => boolean) => void): void {
    const { scheduler, random } = this.#ports;
    scheduler.after(random.integerBetween(0, networkMsMax), () => {
      const { process } = node;
      // A node that is down answers nothing; the client notices when its time is over.
      process?.run(() => ask(() => process.isAlive));
    });
  }

  #pickNode(): SimulatedNode {
    const { nodes, random } = this.#ports;
    if (this.#lastGood !== undefined && random.chance(0.7)) return nodes[this.#lastGood - 1]!;
    return this.#anyNode();
  }

  /** In the calm somebody who can help, if there is such. */
  #anyNode(): SimulatedNode {
    const { nodes, random, isMember } = this.#ports;
    const deployed = nodes.filter(({ isDeployed }) => isDeployed);
    const members = this.#isCalm ? deployed.filter(isMember) : [];
    const able = [members, deployed].find(({ length }) => length > 0) ?? nodes;
    return able[random.integerBetween(0, able.length)]!;
  }

  #forgetSession(): void {
    this.#session = undefined;
    this.#unanswered.clear();
  }

  #drawValue(): string {
    const { random, scenario } = this.#ports;
    const name = `${this.#id}-${this.#nextValue++}`;
    return name.padEnd(random.integerBetween(1, scenario.workload.valueBytesMax + 1), '.');
  }
}

type Ask = (node: SimulatedNode, timeoutMs: number, reply: Reply) => void;

interface Ends {
  /** It has come so far, and goes on. */
  readonly accepted?: (how: EarlyAcknowledgement) => void;
  /** Must it have an answer, whatever it costs? */
  readonly insists?: () => boolean;
  readonly answered: (answer: Exclude<Answer, { readonly kind: 'failed' | 'accepted' }>) => void;
  /** To ask again would change nothing. */
  readonly refused?: (code: string) => void;
  readonly gaveUp: () => void;
}

function isFinal(code: string): boolean {
  return code === 'SESSION_UNKNOWN' || code === 'SESSION_REFUSED';
}
