// The client: any node serves, leaders are followed by hints, retries cannot write twice.

import { performance } from 'node:perf_hooks';
import {
  type Acknowledgement,
  type AggregateQuery,
  type AggregateResult,
  acknowledgementCodes,
  decodeAggregateResult,
  decodeRangeResult,
  decodeStoreStatistics,
  encodeAggregateQuery,
  encodeInsertTablet,
  encodeRangeQuery,
  type NodeStatus,
  type RangeQuery,
  type RangeResult,
  ReadConsistency,
  ReadKind,
  requestTimeoutMsDefault,
  requestTimeoutMsMax,
  type StoreStatistics,
  sessionWindowMax,
  type Tablet,
  tabletBytes,
  WireError,
} from '@balsa/wire';
import { parseAddress } from './address.ts';
import { Admission } from './admission.ts';
import { ClientError, type ClientErrorCode } from './errors.ts';
import { GroupWriter } from './group-writer.ts';
import { type RequestLimits, request, type Target } from './requester.ts';
import { Router } from './router.ts';
import { type AcknowledgedWrite, submitWrite } from './submit-write.ts';
import type { WriteResult } from './write-operation.ts';

/** The group that holds the data. */
const dataGroup = 1;
const mebibyte = 1024 * 1024;

export interface ClientOptions {
  /** `host:port` of some nodes' listeners for clients; the others are learned. */
  readonly nodes: readonly string[];
  /** Connections to each node. Default 1. */
  readonly connections?: number;
  /** For every request that has no deadline of its own, and for connecting. Default 10,000. */
  readonly timeoutMs?: number;
  /** Who this is, for the nodes' logs. */
  readonly name?: string;
  /** Writes under way at a time; further ones wait. Default 1,024, at most 4,096. */
  readonly inFlightMax?: number;
  /** Bytes under way at a time; further writes wait. Default 32 MiB. */
  readonly inFlightBytesMax?: number;
  /** Writes that may wait; further ones are turned away with OVERLOADED. Default 65,536. */
  readonly waitingMax?: number;
}

export interface RequestOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends RequestOptions {
  /** How far the write is to have come. Default `applied`. */
  readonly acknowledge?: Acknowledgement;
}

export interface CloseOptions {
  /** Default: `timeoutMs` of the client. 0: waits for nothing. */
  readonly confirmTimeoutMs?: number;
}

export interface CloseReport {
  /** Writes that were acknowledged early, and whose outcome is not known. */
  readonly unconfirmed: number;
}

export interface ReadOptions extends RequestOptions {
  /** Address of the node that must answer. Default: any node. */
  readonly node?: string;
}

export interface QueryOptions extends ReadOptions {
  /**
   * `linearizable` (default): sees every write acknowledged before the call, whichever node answers.
   * `local`: what the node has applied so far, without asking others.
   */
  readonly consistency?: 'linearizable' | 'local';
}

/**
 * A connection to a cluster.
 *
 * ```ts
 * const client = await BalsaClient.connect({ nodes: ['127.0.0.1:7101'] });
 * await client.insertTablet({
 *   device: 'root.plant.press1',
 *   measurements: ['temperature'],
 *   dataTypes: [DataType.DOUBLE],
 *   timestamps: Float64Array.of(Date.now()),
 *   columns: [{ values: Float64Array.of(81.5) }],
 * });
 * await client.close();
 * ```
 */
export class BalsaClient {
  readonly #timeoutMs: number;
  readonly #router: Router;
  readonly #writer: GroupWriter;
  readonly #admission: Admission;
  #closing: Promise<CloseReport> | undefined;

  private constructor(options: ClientOptions) {
    this.#timeoutMs = options.timeoutMs ?? requestTimeoutMsDefault;
    this.#router = new Router({
      nodes: options.nodes,
      link: {
        connections: options.connections ?? 1,
        name: options.name ?? 'balsa client',
        timeoutMs: Math.min(this.#timeoutMs, 5000),
      },
    });
    this.#writer = new GroupWriter(dataGroup, this.#router);
    this.#admission = new Admission({
      countMax: options.inFlightMax ?? 1024,
      bytesMax: options.inFlightBytesMax ?? 32 * mebibyte,
      waitingMax: options.waitingMax ?? 65_536,
    });
  }

  /**
   * Resolves when one of the nodes has answered.
   * @throws ClientError INVALID_ARGUMENT, CONNECT_FAILED (after `timeoutMs`).
   */
  static async connect(options: ClientOptions): Promise<BalsaClient> {
    checkOptions(options);
    const client = new BalsaClient(options);
    const limits = client.#limits({});
    try {
      await request(
        client.#router,
        () => client.#router.takeAny(),
        limits,
        async () => {},
      );
      return client;
    } catch (error) {
      const reasons = client.#router.failures();
      await client.close();
      throw new ClientError('CONNECT_FAILED', `no node could be reached: ${reasons}`, { cause: error });
    }
  }

  /** Writes that were acknowledged early, and whose outcome is not known yet. */
  get unconfirmed(): number {
    return this.#writer.unconfirmed;
  }

  /**
   * Writes a tablet; resolves when it has come as far as `acknowledge` says, or further (docs/weak-writes.md). A `weak` write can be lost
   * if more nodes fail than the cluster bears, and this client with them: until its outcome is known, which `confirmed` tells, the client
   * keeps it and sends it again, in the same place, so that it is applied once. It counts as under way until then (`inFlightMax`,
   * `inFlightBytesMax`), and neither `timeoutMs` nor `signal` end it once this has resolved; `close` does.
   *
   * ```ts
   * const { confirmed } = await client.write(tablet, { acknowledge: 'weak' });
   * await confirmed; // when it matters
   * ```
   * @throws ClientError as `insertTablet`. Where weak writes are not allowed: REFUSED, with `status` 9008.
   */
  async write(tablet: Tablet, options: WriteOptions = {}): Promise<AcknowledgedWrite> {
    this.#checkOpen();
    const { acknowledge = 'applied' } = options;
    checkAcknowledgement(acknowledge);
    const limits = this.#limits(options);
    const bytes = asArgument(() => tabletBytes(tablet));
    const encode = (): Buffer => asArgument(() => encodeInsertTablet(tablet));
    return await submitWrite(this.#admission, this.#writer, limits, { bytes, acknowledge, encode });
  }

  /**
   * Writes a tablet; resolves when it is durable on a quorum and applied. However often it had to be sent, it is
   * applied once.
   * @throws ClientError INVALID_ARGUMENT, OVERLOADED; REFUSED with `status`; DEADLINE_EXCEEDED, ABORTED, CLOSED with
   * `outcome`; OUTCOME_UNKNOWN.
   */
  async insertTablet(tablet: Tablet, options: RequestOptions = {}): Promise<WriteResult> {
    const { confirmed } = await this.write(tablet, { ...options, acknowledge: 'applied' });
    return await confirmed;
  }

  /** Rows of one device. @throws ClientError INVALID_ARGUMENT, REFUSED, DEADLINE_EXCEEDED, ABORTED, CLOSED. */
  async queryRange(query: RangeQuery, options: QueryOptions = {}): Promise<RangeResult> {
    const bytes = asArgument(() => encodeRangeQuery(query));
    const result = await this.#read(ReadKind.range, bytes, options);
    return asAnswer(() => decodeRangeResult(result));
  }

  /** Aggregates by window, of a device or of all below `prefix.**`. @throws ClientError as `queryRange`. */
  async aggregate(query: AggregateQuery, options: QueryOptions = {}): Promise<AggregateResult> {
    const bytes = asArgument(() => encodeAggregateQuery(query));
    const result = await this.#read(ReadKind.aggregate, bytes, options);
    return asAnswer(() => decodeAggregateResult(result));
  }

  /** What one node's store holds; `local` unless asked otherwise. @throws ClientError as `queryRange`. */
  async statistics(options: QueryOptions = {}): Promise<StoreStatistics> {
    const result = await this.#read(ReadKind.statistics, Buffer.alloc(0), { consistency: 'local', ...options });
    return asAnswer(() => decodeStoreStatistics(result));
  }

  /** How one node is. @throws ClientError as `queryRange`. */
  async status(options: ReadOptions = {}): Promise<NodeStatus> {
    this.#checkOpen();
    return await request(this.#router, this.#target(options.node), this.#limits(options), (connection, timeoutMs) =>
      connection.status(timeoutMs),
    );
  }

  /**
   * Takes nothing more and fails what is under way with CLOSED; but waits for the outcome of what was acknowledged early, for
   * `confirmTimeoutMs` at most. Then closes every connection, and tells how many are left whose outcome is not known: they are applied
   * once or not at all, and their `confirmed` rejects with CLOSED.
   */
  close({ confirmTimeoutMs = this.#timeoutMs }: CloseOptions = {}): Promise<CloseReport> {
    this.#closing ??= this.#closeAll(confirmTimeoutMs);
    return this.#closing;
  }

  async #closeAll(confirmTimeoutMs: number): Promise<CloseReport> {
    this.#admission.close();
    const unconfirmed = await this.#writer.drain(confirmTimeoutMs);
    this.#writer.close();
    await this.#router.close();
    return { unconfirmed };
  }

  async #read(kind: ReadKind, query: Uint8Array, options: QueryOptions): Promise<Buffer> {
    this.#checkOpen();
    const consistency = ReadConsistency[options.consistency ?? 'linearizable'];
    return await request(this.#router, this.#target(options.node), this.#limits(options), (connection, timeoutMs) =>
      connection.read(dataGroup, kind, consistency, query, timeoutMs),
    );
  }

  #target(node: string | undefined): Target {
    if (node === undefined) return () => this.#router.take(dataGroup);
    parseAddress(node);
    return () => this.#router.takeNode(node);
  }

  #limits({ timeoutMs = this.#timeoutMs, signal }: RequestOptions): RequestLimits {
    if (!(timeoutMs > 0 && timeoutMs <= requestTimeoutMsMax)) {
      throw new ClientError('INVALID_ARGUMENT', `timeoutMs must be more than 0 and at most ${requestTimeoutMsMax}`);
    }
    return { deadlineMs: performance.now() + timeoutMs, signal };
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClientError('CLOSED', 'the client has been closed');
  }
}

function checkOptions({ nodes, connections = 1, inFlightMax = 1 }: ClientOptions): void {
  if (nodes.length === 0) throw new ClientError('INVALID_ARGUMENT', 'nodes is empty: name at least one node');
  for (const node of nodes) parseAddress(node);
  checkCount('connections', connections, 1024);
  checkCount('inFlightMax', inFlightMax, sessionWindowMax);
}

function checkAcknowledgement(acknowledge: Acknowledgement): void {
  if (Object.hasOwn(acknowledgementCodes, acknowledge)) return;
  const known = Object.keys(acknowledgementCodes).join(', ');
  throw new ClientError('INVALID_ARGUMENT', `acknowledge is ${acknowledge}, not one of ${known}`);
}

function checkCount(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return;
  throw new ClientError('INVALID_ARGUMENT', `${name} must be a whole number from 1 to ${max}`);
}

/** What cannot be encoded is the caller's mistake. */
function asArgument<Result>(encode: () => Result): Result {
  return translate('INVALID_ARGUMENT', encode);
}

/** What cannot be decoded is the node's. */
function asAnswer<Result>(decode: () => Result): Result {
  return translate('PROTOCOL_VIOLATION', decode);
}

function translate<Result>(code: ClientErrorCode, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new ClientError(code, error.message, { cause: error });
  }
}
