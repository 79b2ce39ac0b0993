// Performs a script on a stage, and writes down what happened: the script's own lines, and under each the sequence picture of
// what it set off.

import { type Batch, lastIndexOf } from '@balsa/raft';
import { describeConfiguration } from '../configuration-oracle.ts';
import type { SimulatedMember } from '../core/simulated-member.ts';
import { nameOf } from '../message-words.ts';
import { Violation } from '../oracles.ts';
import { legend, RowDrawer } from '../sequence-text.ts';
import { PlayError } from './play-error.ts';
import { type Action, type Expectation, parseScript, type ScriptLine, type Selection } from './script.ts';
import { type Match, Stage } from './stage.ts';

const indent = '    ';

/** Returns the transcript. Throws a `PlayError`. */
export function perform(script: string): string {
  const transcript: string[] = [];
  let scene: Scene | undefined;
  for (const line of parseScript(script)) {
    transcript.push(line.text);
    if (line.action === undefined) continue;
    if (line.action.verb === 'members') scene = new Scene(line.action);
    transcript.push(...scene!.perform(line, line.action).map((row) => `${indent}${row}`.trimEnd()));
  }
  return `${[...transcript, '', legend].join('\n')}\n`;
}

/** One group, from its `members` line to the next or the end. */
class Scene {
  readonly #stage: Stage;
  readonly #drawer: RowDrawer;
  #eventsShown = 0;

  constructor({ count, newcomers, batchesApart }: Action & { readonly verb: 'members' }) {
    this.#stage = new Stage(count, { newcomers, batchesApart });
    this.#drawer = new RowDrawer(this.#stage.record.lanesBefore);
  }

  /** Returns what is to be told of it. */
  perform({ number }: ScriptLine, action: Action): string[] {
    const unmet = this.#attempt(number, action);
    if (unmet !== undefined) throw new PlayError('SCRIPT_UNMET', number, unmet);
    const told = this.#newRows();
    if (action.verb === 'members') return [this.#drawer.header(), ...told];
    return action.verb === 'show' ? this.#show() : told;
  }

  #attempt(number: number, action: Action): string | undefined {
    try {
      const unmet = this.#act(action);
      this.#stage.check();
      return unmet;
    } catch (error) {
      if (error instanceof Violation) throw new PlayError('SCRIPT_UNMET', number, error.message);
      throw error;
    }
  }

  /** Returns why it could not be done. */
  #act(action: Action): string | undefined {
    const stage = this.#stage;
    switch (action.verb) {
      case 'members':
      case 'show':
        return undefined;
      case 'tick':
        stage.tick(action.member, action.times);
        return undefined;
      case 'campaign':
        return stage.campaign(action.member) ? undefined : `${action.member} does not ask for votes`;
      case 'propose':
        if (!stage.member(action.member).isLeader) return `${action.member} does not lead`;
        stage.propose(action.member, action.entries);
        return undefined;
      case 'deliver':
      case 'drop':
      case 'settle': {
        const { which } = action.selection;
        const found = stage[action.verb](matching(action.selection), which);
        return found > 0 || isBare(action.selection) ? undefined : 'nothing like it is on the wire';
      }
      case 'crash':
        if (!stage.member(action.member).isUp) return `${action.member} is down`;
        stage.crash(action.member);
        return undefined;
      case 'start':
        if (stage.member(action.member).isUp) return `${action.member} is up`;
        stage.start(action.member);
        return undefined;
      case 'lose':
        return this.#lose(action.member, action.batchesKept);
      case 'cut':
      case 'mend':
      case 'compact':
      case 'stick':
      case 'free':
        stage[action.verb](action.member);
        return undefined;
      case 'reconfigure': {
        const result = stage.reconfigure(action.member, action.configuration);
        return result.accepted ? undefined : `${action.member} refuses: ${result.detail}`;
      }
      case 'transfer': {
        const result = stage.transfer(action.member, action.to);
        return result.accepted ? undefined : `${action.member} refuses: ${result.reason}`;
      }
      case 'expect':
        return this.#unmet(action.expectation);
    }
  }

  #lose(id: number, batchesKept: number): string | undefined {
    const { isUp, durable } = this.#stage.member(id);
    if (isUp) return `${id} is up`;
    if (batchesKept >= durable.length) return `the disk of ${id} holds ${durable.length} batches`;
    this.#stage.loseEntries(id, batchesKept);
    return undefined;
  }

  #unmet(expectation: Expectation): string | undefined {
    const [expected, found] = this.#compared(expectation);
    return expected === found ? undefined : `${expected} is expected, ${found} is found`;
  }

  #compared(expectation: Expectation): readonly [expected: string, found: string] {
    if (expectation.what === 'leader') {
      const leaders = this.#stage.members.filter(({ isLeader }) => isLeader).map(({ id }) => id);
      return [`leader ${expectation.leader ?? 'none'}`, `leader ${leaders.join(' and ') || 'none'}`];
    }
    const member = this.#stage.member(expectation.member);
    const status = member.status();
    switch (expectation.what) {
      case 'role':
        return [expectation.role, status?.role ?? 'down'];
      case 'term':
        return [`term ${expectation.term}`, `term ${status?.term ?? member.durableHardState.term}`];
      case 'commit':
        return [`commit ${expectation.index}`, `commit ${status?.commitIndex ?? 'none: it is down'}`];
      case 'log':
        return [`log ${expectation.terms.join(' ')}`, `log ${termsOf(member).join(' ')}`];
      case 'base':
        return [`base ${expectation.index}`, `base ${member.baseIndex}`];
      case 'members':
        return [describeConfiguration(expectation.configuration), describeConfiguration(member.configuration)];
      case 'removed':
        return ['removed', member.removals > 0 ? 'removed' : 'not removed'];
    }
  }

  /** What has happened since the last call. A message is told of when it arrives, or is lost. */
  #newRows(): string[] {
    const { events } = this.#stage.record;
    const fresh = events.slice(this.#eventsShown);
    this.#eventsShown = events.length;
    return fresh.filter(({ type }) => type !== 'sent').map((event) => this.#drawer.row(event));
  }

  #show(): string[] {
    const counts = new Map<string, number>();
    for (const message of this.#stage.wire) {
      const what = `${nameOf(message)} ${message.from}>${message.to}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    const wire = [...counts].map(([what, count]) => (count === 1 ? what : `${what} (${count} times)`));
    return [...this.#stage.members.map(describeMember), `wire: ${wire.join(', ') || 'empty'}`];
  }
}

function matching({ type, from, to }: Selection): Match {
  return (message) =>
    (type === undefined || message.type === type) &&
    (from === undefined || message.from === from) &&
    (to === undefined || message.to === to);
}

/** It speaks of whatever there is. */
function isBare({ type, from, to, which }: Selection): boolean {
  return type === undefined && from === undefined && to === undefined && which === undefined;
}

function termsOf({ visible }: SimulatedMember): number[] {
  return visible.flatMap(({ count, term }) => Array.from({ length: count }, () => term));
}

function describeMember(member: SimulatedMember): string {
  const status = member.status();
  const held = member.visible.filter(({ firstIndex }) => firstIndex > member.baseIndex);
  const snapshot = member.baseIndex > 0 ? `snapshot of ${member.baseIndex}, ` : '';
  const log = `${snapshot}log ${held.map(describeBatch).join(' ') || 'empty'}`;
  if (status === undefined) return `${member.id} down, ${log}`;
  return `${member.id} ${status.role} of term ${status.term}, ${log}, commit ${status.commitIndex}`;
}

function describeBatch(batch: Batch): string {
  const range = batch.count === 1 ? `${batch.firstIndex}` : `[${batch.firstIndex}..${lastIndexOf(batch)}]`;
  return `${range}@${batch.term}`;
}
