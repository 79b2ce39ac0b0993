// Publishes to JetStream over one connection, and hears the acknowledgements of the stream's leader. As light as the
// client library allows: one subscription for all answers, and no promise or timer for each message.

import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { OnAnswer } from './generator.ts';
import { isRecord } from './spec.ts';

/** Every simulated client publishes to a subject of its own below this one. */
export const natsSubjects = 'bench';

/** Beside these, a status is an error code of JetStream's. */
export const NatsStatus = {
  acknowledged: 0,
  /** Of the header by which a server says that nobody listens: JetStream has no leader now. */
  noResponders: 503,
  connectionLost: -1,
  timedOut: -2,
  malformed: -3,
} as const;

const overdueLookMs = 100;

/** What it needs of a connection. */
export type PublishConnection = Pick<NatsConnection, 'publish' | 'subscribe' | 'isClosed' | 'closed' | 'close'>;

interface Pending {
  /** Of the message under way; 0: none is. */
  sequence: number;
  deadlineMs: number;
}

export class NatsPublisher {
  readonly #connection: PublishConnection;
  readonly #onAnswer: OnAnswer;
  readonly #inbox = createInbox();
  readonly #pending = new Map<number, Pending>();
  readonly #overdueTimer: NodeJS.Timeout;
  #nextSequence = 1;

  constructor(connection: PublishConnection, onAnswer: OnAnswer) {
    this.#connection = connection;
    this.#onAnswer = onAnswer;
    connection.subscribe(`${this.#inbox}.*.*`, { callback: (_error, message) => this.#onMessage(message) });
    this.#overdueTimer = setInterval(() => this.#failOverdue(), overdueLookMs);
    void connection.closed().then(() => this.#failAll());
  }

  /** `onAnswer` hears once what became of it, never before this call has returned. One message of each client at a time. */
  publish(client: number, subject: string, payload: Uint8Array, timeoutMs: number): void {
    if (this.#connection.isClosed()) {
      setImmediate(this.#onAnswer, client, NatsStatus.connectionLost);
      return;
    }
    const sequence = this.#nextSequence++;
    const pending = this.#pending.get(client) ?? { sequence, deadlineMs: 0 };
    pending.sequence = sequence;
    pending.deadlineMs = performance.now() + timeoutMs;
    this.#pending.set(client, pending);
    this.#connection.publish(subject, payload, { reply: `${this.#inbox}.${client}.${sequence}` });
  }

  async close(): Promise<void> {
    clearInterval(this.#overdueTimer);
    await this.#connection.close();
  }

  #onMessage(message: Msg): void {
    const [client, sequence] = message.subject.slice(this.#inbox.length + 1).split('.');
    this.#settle(Number(client), Number(sequence), ackStatus(message));
  }

  /** Late answers, of which the client has been told that they did not come, are dropped. */
  #settle(client: number, sequence: number, status: number): void {
    const pending = this.#pending.get(client);
    if (pending === undefined || pending.sequence !== sequence) return;
    pending.sequence = 0;
    this.#onAnswer(client, status);
  }

  #failOverdue(): void {
    const nowMs = performance.now();
    for (const [client, { sequence, deadlineMs }] of this.#pending) {
      if (sequence !== 0 && deadlineMs < nowMs) this.#settle(client, sequence, NatsStatus.timedOut);
    }
  }

  #failAll(): void {
    for (const [client, { sequence }] of this.#pending) {
      if (sequence !== 0) this.#settle(client, sequence, NatsStatus.connectionLost);
    }
  }
}

/** What the answer to a message says: it is in the stream, or why not. */
export function ackStatus({ data, headers }: Pick<Msg, 'data' | 'headers'>): number {
  if (data.length === 0) return headers?.code === NatsStatus.noResponders ? headers.code : NatsStatus.malformed;
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString());
  } catch {
    return NatsStatus.malformed;
  }
  if (!isRecord(answer)) return NatsStatus.malformed;
  const { error, seq } = answer;
  if (isRecord(error)) {
    const { err_code: code } = error;
    return typeof code === 'number' ? code : NatsStatus.malformed;
  }
  return typeof seq === 'number' ? NatsStatus.acknowledged : NatsStatus.malformed;
}

export function natsStatusName(status: number): string {
  switch (status) {
    case NatsStatus.acknowledged:
      return 'ACKNOWLEDGED';
    case NatsStatus.noResponders:
      return 'NO_RESPONDERS';
    case NatsStatus.connectionLost:
      return 'CONNECTION_LOST';
    case NatsStatus.timedOut:
      return 'TIMED_OUT';
    case NatsStatus.malformed:
      return 'MALFORMED';
    default:
      return `JETSTREAM ${status}`;
  }
}
