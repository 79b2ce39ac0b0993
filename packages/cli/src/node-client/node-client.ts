// Any node serves: the first that answers is kept until it does not, and then the next one is asked.

import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { describeStatus, findDeparture, StatusCode } from '@balsa/wire';
import { CliError } from '../errors.ts';
import { Connections, type Exchange, NoAnswer } from './http-exchange.ts';
import { StatementRefused } from './statement-refused.ts';

export type Cell = number | string | boolean | null;

export interface ResultColumn {
  readonly name: string;
  /** Such as `DOUBLE`. */
  readonly dataType: string;
}

export interface QueryRows {
  readonly columns: readonly ResultColumn[];
  /** Rows begin with their time, which is not among the columns. */
  readonly hasTime: boolean;
  /**
   * As they come, some at a time; who stops early ends the query.
   * @throws StatementRefused: the query failed on its way; CliError CONNECTION_BROKEN.
   */
  readonly blocks: AsyncIterable<readonly (readonly Cell[])[]>;
  /** For whoever does not go through the blocks. */
  close(): Promise<unknown>;
}

export interface RepairOutcome {
  readonly damagedFilesBefore: number;
  readonly damagedFiles: number;
  /** The member whose snapshot it was; absent where nothing was damaged. */
  readonly restoredFrom?: number;
}

export interface StatementOptions {
  readonly zone?: string;
  readonly consistency?: 'linearizable' | 'local';
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A statement that says nothing else waits no longer for the head of its answer: the longest that a node tries. */
const ANSWER_TIMEOUT_MS = 610_000;
const PING_TIMEOUT_MS = 3000;
/** A node that answered so recently is asked without being greeted again. */
const KNOWN_GOOD_MS = 2000;
const LINE_CHARS_MAX = 64 << 20;

export class NodeClient {
  readonly #nodes: readonly URL[];
  readonly #connections = new Connections();
  #current = 0;
  #answeredMs = Number.NEGATIVE_INFINITY;

  /** `nodes`: HTTP addresses, the one to ask first at the beginning. */
  constructor(nodes: readonly URL[]) {
    this.#nodes = nodes;
  }

  /** The node that is asked next. */
  get node(): URL {
    return this.#nodes[this.#current]!;
  }

  /**
   * A node that has no quorum, or is stopping, says so: then the next one is asked.
   * @throws StatementRefused; CliError NODES_UNAVAILABLE, ANSWER_UNREADABLE, CONNECTION_BROKEN; the signal's reason.
   */
  async query(sql: string, options: StatementOptions = {}): Promise<QueryRows> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#query(sql, options);
      } catch (error) {
        const mayHelp = error instanceof StatementRefused && isPassing(error) && tried < this.#nodes.length;
        if (!mayHelp) throw error;
      }
    }
  }

  async #query(sql: string, options: StatementOptions): Promise<QueryRows> {
    const answer = await this.#ask(
      {
        path: '/rest/v2/query',
        body: bodyOf(sql, options),
        accept: 'application/x-ndjson',
        signal: options.signal,
        timeoutMs: ANSWER_TIMEOUT_MS,
      },
      true,
    );
    const blocks = linesOf(answer, options.signal);
    const { value: first } = await blocks.next();
    const [headLine = '', ...rest] = first ?? [];
    const head = jsonOf(headLine);
    const departure = findDeparture(head, { columns: [{ name: 'string', dataType: 'string' }], hasTime: 'boolean' });
    if (departure !== undefined) {
      await blocks.return();
      if (isRefusal(head)) throw this.#refused(head);
      throw this.#unreadable(`HTTP ${answer.statusCode} with an answer that does not begin with its columns`);
    }
    const { columns, hasTime } = head as Pick<QueryRows, 'columns' | 'hasTime'>;
    return { columns, hasTime, blocks: rowsOf(rest, blocks), close: () => blocks.return() };
  }

  /** Of a statement that changes something. @throws as `query`. */
  async execute(sql: string, options: StatementOptions = {}): Promise<void> {
    const { signal } = options;
    const request = { path: '/rest/v2/nonQuery', body: bodyOf(sql, options), signal, timeoutMs: ANSWER_TIMEOUT_MS };
    await this.#settle(await this.#ask({ ...request, needsNewConnection: true }, false));
  }

  /** `body`: the JSON of `/rest/v2/insertTablet`. Writing the same again does no harm, so all nodes are tried. @throws as `query`. */
  async insertTablet(body: string, signal?: AbortSignal): Promise<void> {
    await this.#settle(await this.#ask({ path: '/rest/v2/insertTablet', body, signal, timeoutMs: 60_000 }, true));
  }

  /** What `POST /api/v1/repair` has done, which may take minutes; asked again it does no harm. @throws as `query`. */
  async repair(signal?: AbortSignal): Promise<RepairOutcome> {
    const request = { path: '/api/v1/repair', body: '{}', signal, timeoutMs: ANSWER_TIMEOUT_MS };
    const answer = await this.#ask(request, true);
    const value = jsonOf(await textOf(answer));
    const departure = findDeparture(value, { damagedFilesBefore: 'number', damagedFiles: 'number' });
    if (departure === undefined) return value as RepairOutcome;
    if (isRefusal(value)) throw this.#refused(value);
    throw this.#unreadable(`HTTP ${answer.statusCode} with an answer that is none, at ${departure}`);
  }

  close(): void {
    this.#connections.close();
  }

  /** `isRepeatable`: may be sent again although the first may have had its effect. */
  async #ask(exchange: Exchange, isRepeatable: boolean): Promise<IncomingMessage> {
    await this.#chooseNode(exchange.signal);
    const failures: string[] = [];
    for (let tried = 0; tried <= this.#nodes.length; tried++) {
      const { node } = this;
      try {
        const answer = await this.#connections.send(node, exchange);
        this.#answeredMs = performance.now();
        return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        failures.push(`${node.host}: ${error.message}`);
        if (!isRepeatable && !error.isUnsent) {
          const message = `${failures.at(-1)}: whether the statement was carried out is not known`;
          throw new CliError('CONNECTION_BROKEN', message, { cause: error });
        }
        // The first failure may only tell of a connection that the node had closed meanwhile.
        if (tried > 0 || error.isUnsent) this.#current = (this.#current + 1) % this.#nodes.length;
      }
    }
    throw unavailable(failures);
  }

  /** Goes on to a node that is ready, or else one that answers at all: it may still read from what it has. */
  async #chooseNode(signal: AbortSignal | undefined): Promise<void> {
    if (performance.now() - this.#answeredMs < KNOWN_GOOD_MS) return;
    const failures: string[] = [];
    let answering: number | undefined;
    for (let step = 0; step < this.#nodes.length; step++) {
      const at = (this.#current + step) % this.#nodes.length;
      const node = this.#nodes[at]!;
      try {
        const answer = await this.#connections.send(node, { path: '/ping', signal, timeoutMs: PING_TIMEOUT_MS });
        answer.resume();
        if (answer.statusCode === 200) {
          this.#current = at;
          return;
        }
        answering ??= at;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        failures.push(`${node.host}: ${error.message}`);
      }
    }
    if (answering === undefined) throw unavailable(failures);
    this.#current = answering;
  }

  async #settle(answer: IncomingMessage): Promise<void> {
    const value = jsonOf(await textOf(answer));
    if (!isRefusal(value)) throw this.#unreadable(`HTTP ${answer.statusCode} without a code`);
    if (value.code !== StatusCode.SUCCESS) throw this.#refused(value);
  }

  /** Of a refusal that another node may not repeat, the next request goes there. */
  #refused({ code, message }: { readonly code: number; readonly message: string }): StatementRefused {
    const refusal = new StatementRefused(code, message);
    if (isPassing(refusal)) {
      this.#current = (this.#current + 1) % this.#nodes.length;
      this.#answeredMs = Number.NEGATIVE_INFINITY;
    }
    return refusal;
  }

  #unreadable(why: string): CliError {
    return new CliError('ANSWER_UNREADABLE', `${this.node.host}: ${why}`);
  }
}

/** Whether the same may succeed later or at another node. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StatementRefused) return describeStatus(error.status).retryable;
  return error instanceof CliError && (error.code === 'NODES_UNAVAILABLE' || error.code === 'CONNECTION_BROKEN');
}

function bodyOf(sql: string, { zone, consistency, timeoutMs }: StatementOptions): string {
  return JSON.stringify({ sql, time_zone: zone, consistency, timeout_ms: timeoutMs });
}

function unavailable(failures: readonly string[]): CliError {
  return new CliError('NODES_UNAVAILABLE', `no node answers: ${[...new Set(failures)].join('; ')}`);
}

function broken(error: unknown): CliError {
  return new CliError('CONNECTION_BROKEN', 'the connection broke before the answer had ended', { cause: error });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  try {
    answer.setEncoding('utf8');
    for await (const part of answer) text += part as string;
  } catch (error) {
    throw broken(error);
  }
  return text;
}

/** Whole lines, some at a time; the first batch has at least one. */
async function* linesOf(
  answer: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<string[], void, undefined> {
  const decoder = new StringDecoder('utf8');
  let open = '';
  try {
    for await (const part of answer) {
      const lines = (open + decoder.write(part as Buffer)).split('\n');
      open = lines.pop() ?? '';
      if (open.length > LINE_CHARS_MAX) throw new CliError('ANSWER_UNREADABLE', 'a row of the answer has no end');
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw signal?.aborted ? signal.reason : broken(error);
  } finally {
    answer.destroy();
  }
  if (open !== '') yield [open];
}

async function* rowsOf(
  first: readonly string[],
  others: AsyncGenerator<readonly string[], void, undefined>,
): AsyncGenerator<readonly (readonly Cell[])[], void, undefined> {
  try {
    if (first.length > 0) yield* parsed(first);
    for await (const lines of others) yield* parsed(lines);
  } finally {
    await others.return();
  }
}

function* parsed(lines: readonly string[]): Generator<readonly (readonly Cell[])[], void, undefined> {
  const rows: (readonly Cell[])[] = [];
  for (const line of lines) {
    const value = jsonOf(line);
    if (Array.isArray(value)) {
      rows.push(value);
      continue;
    }
    yield rows;
    if (isRefusal(value)) throw new StatementRefused(value.code, value.message);
    throw new CliError('ANSWER_UNREADABLE', 'a row of the answer is no list');
  }
  yield rows;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRefusal(value: unknown): value is { readonly code: number; readonly message: string } {
  return findDeparture(value, { code: 'number', message: 'string' }) === undefined;
}
