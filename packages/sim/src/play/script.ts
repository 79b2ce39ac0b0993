// The language of plays: what happens to a group, a line at a time, in the order in which it happens.
//
//   members 5 batches apart   a new group; `batches apart`: every batch travels in a message of its own
//   campaign 1                member 1's clock runs until it asks for votes
//   tick 2 10                 member 2's clock moves on by 10 ticks
//   propose 1 3               member 1 is given 3 entries, as one batch
//   deliver append 1>2        what is on the wire and matches arrives, but not the answers to it
//   drop *>3                  what is on the wire and matches is lost
//   settle                    what matches arrives, and the answers, and the answers to those, until all is quiet
//                             (a line that names what it delivers or drops must find something)
//   crash 1, start 1          connections break, and are made, as the others see
//   lose 2 keep 1             the disk of 2, which is down, loses all but its first batch, and notices
//   cut 3, mend 3             nothing reaches 3 and nothing leaves it; nobody is told
//   show                      the members and the wire as they stand
//   expect leader 2 | expect leader none | expect role 1 follower | expect term 1 2 | expect commit 1 4
//   expect log 1 1 1 2        member 1 sees entries of terms 1, 1 and 2
//
// `#` begins a comment, which the transcript repeats. What is on the wire stays there until a line says what becomes of it.

import { MessageType, type NodeId, Role, type Term } from '@balsa/raft';
import { PlayError } from './play-error.ts';

/** Which messages a line speaks of; what is left open matches any. */
export interface Selection {
  readonly type: MessageType | undefined;
  readonly from: NodeId | undefined;
  readonly to: NodeId | undefined;
}

export type Expectation =
  | { readonly what: 'leader'; readonly leader: NodeId | undefined }
  | { readonly what: 'role'; readonly member: NodeId; readonly role: Role }
  | { readonly what: 'term'; readonly member: NodeId; readonly term: Term }
  | { readonly what: 'commit'; readonly member: NodeId; readonly index: number }
  | { readonly what: 'log'; readonly member: NodeId; readonly terms: readonly Term[] };

export type Action =
  | { readonly verb: 'members'; readonly count: number; readonly batchesApart: boolean }
  | { readonly verb: 'tick'; readonly member: NodeId; readonly times: number }
  | { readonly verb: 'propose'; readonly member: NodeId; readonly entries: number }
  | { readonly verb: 'deliver' | 'drop' | 'settle'; readonly selection: Selection }
  | { readonly verb: 'campaign' | 'crash' | 'start' | 'cut' | 'mend'; readonly member: NodeId }
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
    if (action?.verb === 'members') members = action.count;
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
      case 'members':
        return {
          verb,
          count: this.#number('a number of members', 1, membersMax),
          batchesApart: this.#isBatchesApart(),
        };
      case 'tick':
        return { verb, member: this.#member(), times: this.#number('a number of ticks', 1) };
      case 'propose':
        return { verb, member: this.#member(), entries: this.#isAtEnd() ? 1 : this.#number('a number of entries', 1) };
      case 'deliver':
      case 'drop':
      case 'settle':
        return { verb, selection: this.#selection() };
      case 'campaign':
      case 'crash':
      case 'start':
      case 'cut':
      case 'mend':
        return { verb, member: this.#member() };
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
      default:
        throw syntax(this.#line, `\`${what}\` cannot be expected: leader, role, term, commit and log can`);
    }
  }

  #selection(): Selection {
    const name = this.#words[0];
    const type = name === undefined || name.includes('>') ? undefined : types.get(name);
    if (type !== undefined) this.#words.shift();
    const link = this.#words[0];
    if (link === undefined) return { type, from: undefined, to: undefined };
    const ends = /^(\d|\*)>(\d|\*)$/.exec(link);
    if (ends === null) {
      throw syntax(this.#line, `\`${link}\` is no type of message, and no direction like 1>2, *>2 or 1>*`);
    }
    this.#words.splice(0, 1, ...ends.slice(1));
    return { type, from: this.#memberOrAny(), to: this.#memberOrAny() };
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

  #member(): NodeId {
    return this.#number('a member', 1, this.#members);
  }

  #number(what: string, min: number, max: number = numberMax): number {
    const word = this.#word(what);
    const value = Number(word);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw syntax(this.#line, `${what} is expected, from ${min} to ${max}, not \`${word}\``);
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
