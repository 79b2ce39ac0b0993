// What Tab offers: commands, keywords, and the paths that the node knows, level by level.

import { aggregateNames, clauseWords, reservedWords, softWords } from '@balsa/sql';
import type { Cell, QueryRows } from '../node-client/node-client.ts';
import { shellCommandNames } from './shell-commands.ts';

/** Asks the node. */
export type Ask = (sql: string, signal: AbortSignal) => Promise<QueryRows>;
/** What could stand there, and the piece of the line that it would take the place of. */
export type Completion = [candidates: string[], replaced: string];

export interface CompleterOptions {
  /** How long Tab may take; what comes later is there at the next one. */
  readonly patienceMs?: number;
  readonly nowMs?: () => number;
}

const PATIENCE_MS = 150;
const ASK_TIMEOUT_MS = 3000;
/** So long a level of the tree is taken as it was. */
const FRESH_MS = 30_000;
const LEVELS_MAX = 256;
const CHILDREN_MAX = 10_000;

const words: readonly string[] = [...reservedWords, ...clauseWords, ...softWords, ...aggregateNames.map(upperCase)];
/** From root on, with nodes in backquotes; the last one may be open. */
const pathAtEnd = /(?:^|[^\w.`])(root\.(?:`(?:[^`]|``)*`\.|[^\s.`,()[\]'"]+\.)*(?:`(?:[^`]|``)*`?|[^\s.`,()[\]'"]*))$/i;
const wordAtEnd = /[\w]+$/;

interface Level {
  readonly atMs: number;
  readonly children: Promise<readonly Child[]>;
}

interface Child {
  readonly path: string;
  /** In IoTDB's words, such as DEVICE. */
  readonly type: Cell;
}

export class Completer {
  readonly #ask: Ask;
  readonly #patienceMs: number;
  readonly #nowMs: () => number;
  readonly #levels = new Map<string, Level>();
  readonly #closing = new AbortController();

  constructor(ask: Ask, { patienceMs = PATIENCE_MS, nowMs = () => performance.now() }: CompleterOptions = {}) {
    this.#ask = ask;
    this.#patienceMs = patienceMs;
    this.#nowMs = nowMs;
  }

  /** Never fails, and never takes longer than a person would notice. */
  async complete(line: string): Promise<Completion> {
    if (line.startsWith('\\') && !line.includes(' ')) {
      return [shellCommandNames.filter((name) => name.startsWith(line)), line];
    }
    const path = pathAtEnd.exec(line)?.[1];
    if (path !== undefined) return [await this.#pathsFor(path), path];
    const word = wordAtEnd.exec(line)?.[0] ?? '';
    if (word === '') return [[], ''];
    const matching = words.filter((each) => each.startsWith(word.toUpperCase()));
    // In the case in which it was begun.
    return [word === word.toUpperCase() ? matching : matching.map((each) => each.toLowerCase()), word];
  }

  /** Forgets what it knows of paths: something was changed. */
  forget(): void {
    this.#levels.clear();
  }

  close(): void {
    this.#closing.abort();
  }

  async #pathsFor(typed: string): Promise<string[]> {
    const parent = typed.slice(0, lastDot(typed));
    const children = await within(this.#childrenOf(parent), this.#patienceMs);
    const wanted = typed.toLowerCase();
    const matching = (children ?? []).filter(({ path }) => path.toLowerCase().startsWith(wanted));
    const [only] = matching;
    // A device may be all that is wanted, or be on the way to its series.
    if (matching.length === 1 && only?.type === 'DEVICE' && only.path === typed) return [`${typed}.`];
    return matching.map(offered);
  }

  #childrenOf(parent: string): Promise<readonly Child[]> {
    const known = this.#levels.get(parent);
    if (known !== undefined && this.#nowMs() - known.atMs < FRESH_MS) return known.children;
    if (this.#levels.size >= LEVELS_MAX) this.#levels.clear();
    const children = this.#fetchChildren(parent).catch(() => {
      // The node may answer the next time.
      this.#levels.delete(parent);
      return [];
    });
    this.#levels.set(parent, { atMs: this.#nowMs(), children });
    return children;
  }

  async #fetchChildren(parent: string): Promise<Child[]> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);
    const result = await this.#ask(`show child paths ${parent}`, signal);
    const children: Child[] = [];
    for await (const rows of result.blocks) {
      for (const [path = null, type = null] of rows) children.push({ path: String(path), type });
      if (children.length >= CHILDREN_MAX) break;
    }
    return children;
  }
}

/** With a dot behind what has more below it and is nothing by itself. */
function offered({ path, type }: Child): string {
  return type === 'TIMESERIES' || type === 'DEVICE' ? path : `${path}.`;
}

/** Not one between backquotes. */
function lastDot(path: string): number {
  let isQuoted = false;
  let at = 0;
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '`') isQuoted = !isQuoted;
    else if (path[i] === '.' && !isQuoted) at = i;
  }
  return at;
}

async function within<Value>(promise: Promise<Value>, patienceMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMs, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function upperCase(text: string): string {
  return text.toUpperCase();
}
