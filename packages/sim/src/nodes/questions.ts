// What a process was asked and has not answered yet. Whoever asks hears once what became of it: when his time is over at the
// latest, and before the process has stopped. Only those who ask the dead hear nothing.

import type { GroupId, NodeId } from '@balsa/raft';
import type { Clock } from '@balsa/replica';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Verdict } from './verdict.ts';

export interface QuestionPorts {
  readonly node: NodeId;
  readonly scheduler: Scheduler;
  readonly process: SimulatedProcess;
  /** Of the process: its deadlines are meant by it. */
  readonly clock: Clock;
  readonly verdict: Verdict;
}

interface Question {
  readonly group: GroupId;
  readonly what: string;
  readonly deadlineMs: number;
}

/** A tick must have come in between, however short the moments are for which the process is awake. */
const looksWhenOver = 10;
const lookMs = 20;

export class Questions {
  readonly #ports: QuestionPorts;
  readonly #open = new Set<Question>();

  constructor(ports: QuestionPorts) {
    this.#ports = ports;
  }

  /** What these groups were asked. */
  openTo(groups: readonly GroupId[]): readonly string[] {
    return [...this.#open].filter(({ group }) => groups.includes(group)).map(({ what }) => what);
  }

  /** Returns what is to be called with the answer. */
  ask(group: GroupId, what: string, timeoutMs: number): () => void {
    const question: Question = { group, what, deadlineMs: this.#ports.clock.nowMs() + timeoutMs };
    this.#open.add(question);
    this.#lookAfter(timeoutMs, question, looksWhenOver);
    return () => {
      if (!this.#open.delete(question)) this.#complain(`answers a ${what} twice`);
    };
  }

  #lookAfter(ms: number, question: Question, looksLeft: number): void {
    const { scheduler, process, clock } = this.#ports;
    scheduler.after(ms, () => {
      if (!process.isAlive || !this.#open.has(question)) return;
      const isOver = !process.isPaused && clock.nowMs() >= question.deadlineMs;
      if (isOver && looksLeft === 0) this.#complain(`has not answered a ${question.what}, and its time is over`);
      else this.#lookAfter(lookMs, question, isOver ? looksLeft - 1 : looksLeft);
    });
  }

  #complain(what: string): void {
    const { node, process, verdict } = this.#ports;
    if (process.isAlive) verdict.note(new Violation('answers', `node ${node} ${what}`));
  }
}
