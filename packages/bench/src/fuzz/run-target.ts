// Feeds damaged inputs to one target until told to stop or until it breaks a promise.
//
// Inputs that bring a new answer (accepted, or a refusal in new words) join the pool that is damaged further: so the
// run works its way into a format without looking into the code.

import { setImmediate } from 'node:timers/promises';
import { crc32c } from '@balsa/wire';
import type { FuzzTarget } from '@balsa/wire/fuzz';
import { Random } from '../chaos/random.ts';
import { Mutator } from './mutator.ts';
import { shrinkInput } from './shrink.ts';
import { tryInput } from './try-input.ts';

const poolMax = 256;

export interface TargetRun {
  /** Of the whole run; every target draws on its own from it. */
  readonly seed: number;
  /** Nothing but this. */
  readonly only?: Buffer | undefined;
  /** Asked before every input but those that the target brings along, which are tried in any case. */
  isOver(executions: number): boolean;
  /** Told before every input, so that one which never ends is known. */
  onInput(input: Buffer, execution: number, accepted: number): void;
}

export interface TargetReport {
  readonly target: string;
  readonly executions: number;
  readonly accepted: number;
  /** Different ones, as far as they were told apart; at most 256. */
  readonly answers: number;
  readonly perSecond: number;
}

export interface TargetOutcome {
  readonly report: TargetReport;
  /** The promise that the last input broke. */
  readonly broken?: string | undefined;
}

export async function runTarget(target: FuzzTarget, run: TargetRun): Promise<TargetOutcome> {
  try {
    return await tryInputs(target, run);
  } finally {
    await target.close?.();
  }
}

async function tryInputs(target: FuzzTarget, run: TargetRun): Promise<TargetOutcome> {
  const { only, onInput } = run;
  const random = new Random(run.seed).fork(crc32c(Buffer.from(target.name)));
  const mutator = new Mutator(random.fork(1), target.words ?? []);
  const { corpus } = target;
  const first = only === undefined ? [...corpus, ...(target.found ?? [])] : [only];
  const pool = [...corpus];
  const answers = new Set<string>();
  const startMs = performance.now();
  let executions = 0;
  let accepted = 0;
  const outcome = (broken?: string): TargetOutcome => {
    const perSecond = Math.round((1000 * executions) / (performance.now() - startMs));
    return { report: { target: target.name, executions, accepted, answers: answers.size, perSecond }, broken };
  };
  const shrink = async (input: Buffer, broken: string): Promise<void> => {
    const smallest = await shrinkInput(input, async (smaller) => {
      onInput(smaller, executions, accepted);
      return kindOf((await tryInput(target, smaller)).broken) === kindOf(broken);
    });
    onInput(smallest, executions, accepted);
  };
  const isOver = (): boolean => executions >= first.length && (only !== undefined || run.isOver(executions));
  while (!isOver()) {
    const given = first[executions];
    const isSample = only === undefined && executions < corpus.length;
    // Half of the inputs come from samples: what a pool fills with is mostly refused, and so is what comes of it.
    const input = Buffer.from(given ?? mutator.next(random.between(0, 1) === 0 ? corpus : pool));
    if (given === undefined && random.between(0, 1) === 0) target.reseal?.(input);
    executions++;
    onInput(input, executions, accepted);
    const answer = await tryInput(target, input);
    if (answer.broken !== undefined) {
      // Where a target keeps a state, later inputs may only meet what the first has left.
      if (!answer.isSlow && target.close === undefined) await shrink(input, answer.broken);
      return outcome(answer.broken);
    }
    if (answer.accepted) accepted++;
    else if (isSample) return outcome(`a sample is refused: ${answer.key}`);
    if (pool.length < poolMax && !answers.has(answer.key)) {
      answers.add(answer.key);
      pool.push(input);
    }
    // What the target has put off comes out before the next input.
    await setImmediate();
  }
  return outcome();
}

/** The same for what is broken in the same way. */
function kindOf(broken = ''): string | undefined {
  return broken.split('\n')[0]?.replaceAll(/\w*\d\w*/g, '');
}
