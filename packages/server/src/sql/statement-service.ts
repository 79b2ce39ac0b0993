// Statements in SQL, whichever protocol they come by: each is carried out by the group that it is about, or answered from what this node
// knows.

import { encodeDeleteRange, encodeDeleteSeries, encodeSchemaCommand, type SchemaRegistry } from '@balsa/engine';
import type { Group } from '@balsa/replica';
import {
  type DeleteDataStatement,
  deletionOf,
  executeQuery,
  type FlushStatement,
  type InsertStatement,
  insertTablet,
  nameOfNode,
  nameText,
  parseStatement,
  parseZone,
  type QueryLimits,
  type ResultSet,
  type SelectStatement,
  type SharedMemory,
  SqlError,
  type Statement,
  StatementError,
  statusCodeOf,
} from '@balsa/sql';
import { type CommandResult, type DataType, isStatusCode, StatusCode, type Tablet } from '@balsa/wire';
import type { ReadOptions } from '../service/consistency.ts';
import { withDeadline } from '../service/deadline.ts';
import { endingInTime } from '../service/ending-in-time.ts';
import { proposeCommand } from '../service/propose-command.ts';
import { type BarrierGroup, readBarrier } from '../service/read-barrier.ts';
import { Refusal } from '../service/refusal.ts';
import type { ReadableStore } from '../store/readable-store.ts';
import { patternOf, plainPathOf } from './paths.ts';
import type { RunningQueries } from './running-queries.ts';
import { type SchemaStatement, schemaCommandOf } from './schema-statements.ts';
import type { ClusterFacts } from './show/show-cluster.ts';
import { type ShowingStatement, showTable } from './show/show-table.ts';
import { StoreSource } from './store-source.ts';
import { tableResult } from './table-result.ts';

export interface StatementOptions extends ReadOptions {
  /** An offset such as +08:00, or a name such as Asia/Shanghai: for times without one of their own. */
  readonly zone: string;
  /** Fires when nobody wants the answer any more. */
  readonly signal?: AbortSignal;
  /** What is wanted of the statement: one that does the other is refused before it does anything. */
  readonly expects?: StatementOutcome['kind'];
}

export type StatementOutcome =
  /** `elsewhere`: what the other members are to be asked now, for the statement is about what every node has of its own. */
  | { readonly kind: 'done'; readonly result: CommandResult; readonly elsewhere?: string }
  /** Whoever does not go through all blocks closes the result. `of`: rows of points, the newest points of series, or a table of facts. */
  | { readonly kind: 'rows'; readonly of: 'points' | 'last' | 'facts'; readonly result: ResultSet };

export type StatementGroup = BarrierGroup & Pick<Group, 'propose'>;

export interface StatementPorts {
  readonly registry: SchemaRegistry;
  readonly store: ReadableStore;
  readonly metadata: StatementGroup;
  readonly data: StatementGroup;
  readonly insertTablet: (tablet: Tablet, timeoutMs: number, isAligned: boolean) => Promise<CommandResult>;
  readonly queries: RunningQueries;
  readonly queryLimits: Omit<QueryLimits, 'timeoutMs'>;
  /** What all queries may hold together. */
  readonly queryMemory: SharedMemory;
  readonly clusterFacts: () => ClusterFacts;
  /** Since 1970. */
  readonly nowMs: () => number;
}

const done = { kind: 'done', result: { status: StatusCode.SUCCESS, message: '' } } as const;

export class StatementService {
  readonly #ports: StatementPorts;

  constructor(ports: StatementPorts) {
    this.#ports = ports;
  }

  /** @throws Refusal, and the errors of the lower rooms; see `refusalFor`. */
  async execute(text: string, options: StatementOptions): Promise<StatementOutcome> {
    try {
      const statement = parseStatement(text);
      checkKind(statement, options.expects);
      return await this.#carryOut(statement, text, options);
    } catch (error) {
      throw refusalOf(error, text);
    }
  }

  #carryOut(statement: Statement, text: string, options: StatementOptions): Promise<StatementOutcome> {
    switch (statement.kind) {
      case 'select':
        return this.#select(statement, text, options);
      case 'createDatabase':
      case 'createTimeseries':
      case 'createAlignedTimeseries':
      case 'setTtl':
      case 'unsetTtl':
        return this.#changeSchema(statement, options);
      case 'dropDatabase':
      case 'dropTimeseries':
        return this.#drop(statement, options);
      case 'insert':
        return this.#insert(statement, options);
      case 'deleteData':
        return this.#delete(statement, options);
      case 'flush':
        return this.#flush(statement, options);
      case 'clearCache':
        // There is none to clear.
        return Promise.resolve(done);
      default:
        return this.#show(statement, text, options);
    }
  }

  async #select(statement: SelectStatement, text: string, options: StatementOptions): Promise<StatementOutcome> {
    const { registry, store, metadata, data, queries, queryLimits, queryMemory, nowMs } = this.#ports;
    const { timeoutMs, signal } = options;
    const zone = parseZone(options.zone);
    const query = queries.begin(text, signal);
    try {
      await Promise.all([readBarrier(metadata, options), readBarrier(data, options)]);
      const now = nowMs();
      const source = new StoreSource(registry, store, now);
      const limits = { ...queryLimits, timeoutMs };
      const result = await executeQuery(statement, source, {
        limits,
        sharedMemory: queryMemory,
        signal: query.signal,
        nowMs: now,
        zone,
      });
      return { kind: 'rows', of: statement.isLast ? 'last' : 'points', result: endingWith(result, text, query.end) };
    } catch (error) {
      query.end();
      throw error;
    }
  }

  /** The newest points of series have to be read, as for any other query. */
  async #show(statement: ShowingStatement, text: string, options: StatementOptions): Promise<StatementOutcome> {
    if (statement.kind !== 'showTimeseries' || !statement.isLatest) return this.#tell(statement, options);
    const { data, queries } = this.#ports;
    const { timeoutMs } = options;
    const query = queries.begin(text, options.signal);
    try {
      return await endingInTime(timeoutMs, query.signal, async (signal) => {
        await readBarrier(data, options);
        return this.#tell(statement, { ...options, signal });
      });
    } finally {
      query.end();
    }
  }

  async #tell(statement: ShowingStatement, options: StatementOptions): Promise<StatementOutcome> {
    const { registry, store, metadata, clusterFacts, nowMs } = this.#ports;
    // What a node knows of the cluster by itself it also tells when there is no quorum: then it is asked most.
    if (statement.kind !== 'showCluster' && statement.kind !== 'showFact') await readBarrier(metadata, options);
    const source = new StoreSource(registry, store, nowMs());
    const table = await showTable(statement, {
      registry,
      clusterFacts,
      lastTimeOf: (series) => source.lastTimeOf(series, options.signal),
    });
    return { kind: 'rows', of: 'facts', result: tableResult(table) };
  }

  async #insert(statement: InsertStatement, options: StatementOptions): Promise<StatementOutcome> {
    const { registry, metadata, nowMs } = this.#ports;
    const device = plainPathOf(statement.device);
    // Types and aliases are those of what was registered before.
    await readBarrier(metadata, options);
    const measurements = statement.measurements.map((name) => {
      return {
        ...name,
        text: nameOfNode(registry.series(device, nameText(name.text))?.measurement ?? nameText(name.text)),
      };
    });
    const typeOf = (measurement: string): DataType | undefined => registry.series(device, measurement)?.dataType;
    const clock = { nowMs: nowMs(), zone: parseZone(options.zone) };
    const { isAligned, ...tablet } = insertTablet({ ...statement, measurements }, clock, typeOf);
    if (tablet.measurements.length === 0) return done;
    return { kind: 'done', result: await this.#ports.insertTablet(tablet, options.timeoutMs, isAligned) };
  }

  async #delete(statement: DeleteDataStatement, { timeoutMs, zone }: StatementOptions): Promise<StatementOutcome> {
    const { data, nowMs } = this.#ports;
    const { span } = deletionOf(statement, { nowMs: nowMs(), zone: parseZone(zone) });
    const patterns = statement.patterns.map((path) => patternOf(path).text);
    if (span === undefined) return done;
    return { kind: 'done', result: await propose(data, encodeDeleteRange({ patterns, ...span }), timeoutMs) };
  }

  /**
   * Databases share their files, and what came in order is written with what did not: whichever are named, all that was acknowledged before
   * is in files of this node when it is done.
   */
  async #flush({ isLocal }: FlushStatement, options: StatementOptions): Promise<StatementOutcome> {
    const { store, data } = this.#ports;
    await readBarrier(data, options);
    const late = (): Refusal =>
      new Refusal(StatusCode.WRITE_TIMEOUT, 'the files were not written in time; they will be without being asked for');
    await withDeadline(store().flush(), options.timeoutMs, late);
    return isLocal ? done : { ...done, elsewhere: 'FLUSH ON LOCAL' };
  }

  async #changeSchema(statement: SchemaStatement, { timeoutMs }: StatementOptions): Promise<StatementOutcome> {
    const command = encodeSchemaCommand(schemaCommandOf(statement));
    return { kind: 'done', result: await propose(this.#ports.metadata, command, timeoutMs) };
  }

  /**
   * First the schema, so that nobody finds the series any more, then their points. If the second does not succeed, the statement
   * fails, and can be repeated: a series of the same name would have the old points until then.
   */
  async #drop(
    statement: Extract<SchemaStatement, { readonly kind: 'dropDatabase' | 'dropTimeseries' }>,
    options: StatementOptions,
  ): Promise<StatementOutcome> {
    const { registry, metadata, data } = this.#ports;
    const patterns = statement.patterns.map(patternOf);
    let dropped = patterns.map(({ text }) => text);
    if (statement.kind === 'dropDatabase') {
      await readBarrier(metadata, options);
      const nodes = patterns.flatMap((pattern) => [...registry.matchNodes(pattern)]);
      dropped = nodes.filter(({ isDatabase }) => isDatabase).map(({ path }) => `${path}.**`);
    }
    const outcome = await this.#changeSchema(statement, options);
    const isDone = outcome.kind === 'done' && outcome.result.status === StatusCode.SUCCESS;
    if (!isDone || dropped.length === 0) return outcome;
    return { kind: 'done', result: await propose(data, encodeDeleteSeries(dropped), options.timeoutMs) };
  }
}

function checkKind({ kind }: Statement, expects: StatementOptions['expects']): void {
  if (expects === undefined) return;
  const givesRows = kind === 'select' || kind.startsWith('show') || kind.startsWith('count');
  if (givesRows === (expects === 'rows')) return;
  const advice = givesRows
    ? 'this statement asks for rows: send it as a query'
    : 'this statement changes something: it is no query';
  throw new Refusal(StatusCode.EXECUTE_STATEMENT_ERROR, advice);
}

function propose(group: StatementGroup, command: Buffer, timeoutMs: number): Promise<CommandResult> {
  return proposeCommand((bytes, options) => group.propose(bytes, options), command, timeoutMs);
}

/** The result, whose end, failure or closing is heard of, and whose errors are those of a client. */
function endingWith(result: ResultSet, text: string, end: () => void): ResultSet {
  return {
    ...result,
    get memoryBytesPeak() {
      return result.memoryBytesPeak;
    },
    blocks: blocksOf(result, text, end),
    close: async () => {
      end();
      await result.close();
    },
  };
}

async function* blocksOf(
  result: ResultSet,
  text: string,
  end: () => void,
): AsyncGenerator<ResultSet['blocks'] extends AsyncIterable<infer Block> ? Block : never> {
  try {
    yield* result.blocks;
  } catch (error) {
    throw refusalOf(error, text);
  } finally {
    end();
    await result.close();
  }
}

function refusalOf(error: unknown, text: string): unknown {
  if (!(error instanceof SqlError || error instanceof StatementError)) return error;
  const code = statusCodeOf(error);
  const message = error instanceof StatementError ? error.placedMessage(text) : error.message;
  return new Refusal(isStatusCode(code) ? code : StatusCode.EXECUTE_STATEMENT_ERROR, message, { cause: error });
}
