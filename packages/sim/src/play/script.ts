// The language of plays: what happens to a group, a line at a time, in the order in which it happens.
//
//   members 5 batches apart   a new group; `batches apart`: every batch travels in a message of its own
//   members 3 newcomers 1     members 1 to 3, and 4, which is up, but belongs to no group yet
//   campaign 1                member 1's clock runs until it asks for votes
//   tick 2 10                 member 2's clock moves on by 10 ticks
//   propose 1 3               member 1 is given 3 entries, as one batch
//   deliver append 1>2        what is on the wire and matches arrives, but not the answers to it
//   drop *>3                  what is on the wire and matches is lost
//   deliver oldest append     only the first of those that match; `newest`: the last
//   settle                    what matches arrives, and the answers, and the answers to those, until all is quiet
//                             (a line that names what it delivers or drops must find something)
//   crash 1, start 1          connections break, and are made, as the others see
//   lose 2 keep 1             the disk of 2, which is down, loses all but its first batch, and notices
//   reconfigure 1 voters 2 3 learners 4
//                             member 1 is asked to lead the group to these members; `prefers 2` can follow
//   transfer 1 2              member 1 is asked to hand leadership over to 2
//   compact 1                 member 1 takes a snapshot of what it has applied, and cuts off its log behind it
//   stick 1, free 1           the disk of 1 writes nothing from now on; it does what was asked of it meanwhile
//   cut 3, mend 3             nothing reaches 3 and nothing leaves it; nobody is told
//   show                      the members and the wire as they stand
//   expect leader 2 | expect leader none | expect role 1 follower | expect term 1 2 | expect commit 1 4
//   expect log 1 1 1 2        member 1 sees entries of terms 1, 1 and 2, whether it has them in its log or in a snapshot
//   expect base 1 5           the log of member 1 begins behind entry 5
//   expect members 1 voters 2 3 outgoing 1 2 3 learners 4
//   expect removed 1          member 1 has been told that it belongs to the group no more
//
// `#` begins a comment, which the transcript repeats. What is on the wire stays there until a line says what becomes of it.

import { type Configuration, configurationOf, MessageType, type NodeId, Role, type Term } from '@balsa/raft';
import { PlayError } from './play-error.ts';

/** Which messages a line speaks of; what is left open matches any. */
export interface Selection {
  readonly type: MessageType | undefined;
  readonly from: NodeId | undefined;
  readonly to: NodeId | undefined;
  /** Of several, only this one; `undefined`: all. */
  readonly which: 'oldest' | 'newest' | undefined;
}

export type Expectation =
  | { readonly what: 'leader'; readonly leader: NodeId | undefined }
  | { readonly what: 'role'; readonly member: NodeId; readonly role: Role }
  | { readonly what: 'term'; readonly member: NodeId; readonly term: Term }
  | { readonly what: 'commit'; readonly member: NodeId; readonly index: number }
  | { readonly what: 'log'; readonly member: NodeId; readonly terms: readonly Term[] }
  | { readonly what: 'base'; readonly member: NodeId; readonly index: number }
  | { readonly what: 'members'; readonly member: NodeId; readonly configuration: Configuration }
  | { readonly what: 'removed'; readonly member: NodeId };

/** What can simply be done to a member. */
type MemberVerb = 'campaign' | 'crash' | 'start' | 'stick' | 'free' | 'compact' | 'cut' | 'mend';

export type Action =
  | {
      readonly verb: 'members';
      readonly count: number;
      readonly newcomers: number;
      readonly batchesApart: boolean;
    }
  | { readonly verb: 'tick'; readonly member: NodeId; readonly times: number }
  | { readonly verb: 'propose'; readonly member: NodeId; readonly entries: number }
  | { readonly verb: 'deliver' | 'drop' | 'settle'; readonly selection: Selection }
  | { readonly verb: MemberVerb; readonly member: NodeId }
  | { readonly verb: 'reconfigure'; readonly member: NodeId; readonly configuration: Configuration }
  | { readonly verb: 'transfer'; readonly member: NodeId; readonly to: NodeId }
  | { readonly verb: 'lose'; readonly member: NodeId; readonly batchesKept: number }
  | { readonly verb: 'show' }
  | { readonly verb: 'expect'; readonly expectation: Expectation };

export interface ScriptLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  /** `undefined` for comments and empty lines. */
  readonly action: Action | undefined;
}

const membersMax = 9;
/** A play is read by a person. */
const numberMax = 1000;

const types = new Map<string, MessageType>(Object.entries(MessageType));

/** Throws a `PlayError` with the code SCRIPT_SYNTAX. */
export function parseScript(text: string): ScriptLine[] {
  let members = 0;
  const lines = text.trimEnd().split('\n');
  return lines.map((line, i) => {
    const words = (line.split('#')[0] ?? '').split(/\s+/).filter((word) => word !== '');
    const [verb] = words;
    if (verb !== undefined && verb !== 'members' && members === 0) {
      throw syntax(i + 1, 'a play begins with `members <count>`');
    }
    const action = verb === undefined ? undefined : new LineParser(i + 1, words, members).action();
    if (action?.verb === 'members') members = action.count + action.newcomers;
    return { number: i + 1, text: line.trimEnd(), action };
  });
}

class LineParser {
  readonly #line: number;
  readonly #words: string[];
  readonly #members: number;

  constructor(line: number, words: readonly string[], members: number) {
    this.#line = line;
    this.#words = [...words];
    this.#members = members;
  }

  action(): Action {
    const action = this.#action(this.#word('a verb'));
    const [rest] = this.#words;
    if (rest !== undefined) throw syntax(this.#line, `nothing more is expected, but there is \`${rest}\``);
    return action;
  }

  #action(verb: string): Action {
    switch (verb) {
      case 'members': {
        const count = this.#number('a number of members', 1, membersMax);
        const newcomers = this.#has('newcomers') ? this.#number('a number of newcomers', 1, membersMax - count) : 0;
        return { verb, count, newcomers, batchesApart: this.#isBatchesApart() };
      }
      case 'tick':
        return { verb, member: this.#member(), times: this.#number('a number of ticks', 1) };
      case 'propose':
        return { verb, member: this.#member(), entries: this.#isAtEnd() ? 1 : this.#number('a number of entries', 1) };
      case 'deliver':
      case 'drop': {
        const which = this.#has('oldest') ? 'oldest' : this.#has('newest') ? 'newest' : undefined;
        return { verb, selection: this.#selection(which) };
      }
      case 'settle':
        return { verb, selection: this.#selection() };
      case 'campaign':
      case 'crash':
      case 'start':
      case 'stick':
      case 'free':
      case 'compact':
      case 'cut':
      case 'mend':
        return { verb, member: this.#member() };
      case 'reconfigure':
        return { verb, member: this.#member(), configuration: this.#configuration() };
      case 'transfer':
        return { verb, member: this.#member(), to: this.#member() };
      case 'lose': {
        const member = this.#member();
        this.#expect('keep');
        return { verb, member, batchesKept: this.#number('a number of batches', 0) };
      }
      case 'show':
        return { verb };
      case 'expect':
        return { verb, expectation: this.#expectation(this.#word('what is expected')) };
      default:
        throw syntax(this.#line, `there is no verb \`${verb}\``);
    }
  }

  #expectation(what: string): Expectation {
    switch (what) {
      case 'leader':
        if (this.#words[0] !== 'none') return { what, leader: this.#member() };
        this.#words.shift();
        return { what, leader: undefined };
      case 'role': {
        const member = this.#member();
        const name = this.#word('a role');
        const role = Object.values(Role).find((known) => known === name);
        if (role === undefined) throw syntax(this.#line, `there is no role \`${name}\``);
        return { what, member, role };
      }
      case 'term':
        return { what, member: this.#member(), term: this.#number('a term', 0) };
      case 'commit':
        return { what, member: this.#member(), index: this.#number('an index', 0) };
      case 'log': {
        const member = this.#member();
        const terms: Term[] = [];
        while (!this.#isAtEnd()) terms.push(this.#number('a term', 1));
        return { what, member, terms };
      }
      case 'base':
        return { what, member: this.#member(), index: this.#number('an index', 0) };
      case 'members':
        return { what, member: this.#member(), configuration: this.#configuration() };
      case 'removed':
        return { what, member: this.#member() };
      default:
        throw syntax(
          this.#line,
          `\`${what}\` cannot be expected: leader, role, term, commit, log, base, members and removed can`,
        );
    }
  }

  #configuration(): Configuration {
    this.#expect('voters');
    const configuration = configurationOf(this.#nodes());
    const outgoing = this.#has('outgoing') ? this.#nodes() : [];
    const learners = this.#has('learners') ? this.#nodes() : [];
    const preferredLeader = this.#has('prefers') ? this.#member() : undefined;
    return { ...configuration, outgoing, learners, preferredLeader };
  }

  #selection(which: Selection['which'] = undefined): Selection {
    const name = this.#words[0];
    const type = name === undefined || name.includes('>') ? undefined : types.get(name);
    if (type !== undefined) this.#words.shift();
    const link = this.#words[0];
    if (link === undefined) return { type, from: undefined, to: undefined, which };
    const ends = /^(\d|\*)>(\d|\*)$/.exec(link);
    if (ends === null) {
      throw syntax(this.#line, `\`${link}\` is no type of message, and no direction like 1>2, *>2 or 1>*`);
    }
    this.#words.splice(0, 1, ...ends.slice(1));
    return { type, from: this.#memberOrAny(), to: this.#memberOrAny(), which };
  }

  #memberOrAny(): NodeId | undefined {
    if (this.#words[0] !== '*') return this.#member();
    this.#words.shift();
    return undefined;
  }

  #isBatchesApart(): boolean {
    if (this.#isAtEnd()) return false;
    this.#expect('batches');
    this.#expect('apart');
    return true;
  }

  /** One, or as many as there are. */
  #nodes(): NodeId[] {
    const nodes = [this.#member()];
    while (/^\d+$/.test(this.#words[0] ?? '')) nodes.push(this.#member());
    return nodes;
  }

  #member(): NodeId {
    return this.#number('a member', 1, this.#members);
  }

  #number(what: string, min: number, max: number = numberMax): number {
    const word = this.#word(what);
    const value = Number(word);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw syntax(this.#line, `${what} is expected, from ${min} to ${max}, not \`${word}\``);
  }

  /** Takes the word, if it is the next. */
  #has(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }

  #expect(word: string): void {
    const found = this.#word(`\`${word}\``);
    if (found !== word) throw syntax(this.#line, `\`${word}\` is expected, not \`${found}\``);
  }

  #word(what: string): string {
    const word = this.#words.shift();
    if (word === undefined) throw syntax(this.#line, `${what} is missing`);
    return word;
  }

  #isAtEnd(): boolean {
    return this.#words.length === 0;
  }
}

function syntax(line: number, message: string): PlayError {
  return new PlayError('SCRIPT_SYNTAX', line, message);
}
