import type { Msg, MsgHdrs, PublishOptions, Subscription, SubscriptionOptions } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ackStatus, NatsPublisher, NatsStatus, natsStatusName, type PublishConnection } from './nats-publisher.ts';

/** A connection whose server is the test. */
class FakeConnection implements PublishConnection {
  readonly replySubjects: string[] = [];
  isOpen = true;
  #deliver: SubscriptionOptions['callback'];
  #end: () => void = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  subscribe(_subject: string, { callback }: SubscriptionOptions = {}): Subscription {
    this.#deliver = callback;
    return {} as Subscription;
  }

  publish(_subject: string, _payload?: Uint8Array | string, { reply }: PublishOptions = {}): void {
    this.replySubjects.push(reply ?? '');
  }

  answer(subject: string, text: string): void {
    this.#deliver?.(null, { subject, data: Buffer.from(text) } as unknown as Msg);
  }

  isClosed(): boolean {
    return !this.isOpen;
  }

  closed(): Promise<void> {
    return this.#ended;
  }

  async close(): Promise<void> {
    this.isOpen = false;
    this.#end();
    await this.#ended;
  }
}

const acknowledged = '{"stream":"bench","seq":7}';
const timeoutMs = 1000;
let connection: FakeConnection;
let heard: [number, number][];
let publisher: NatsPublisher;

beforeEach(() => {
  vi.useFakeTimers();
  connection = new FakeConnection();
  heard = [];
  publisher = new NatsPublisher(connection, (client, status) => heard.push([client, status]));
});

afterEach(async () => {
  await publisher.close();
  vi.useRealTimers();
});

function publish(client: number): void {
  publisher.publish(client, 'bench.x', new Uint8Array(1), timeoutMs);
}

test('every client hears of its own message, in whatever order answers come', () => {
  publish(3);
  publish(5);
  const [ofThree, ofFive] = connection.replySubjects;
  connection.answer(ofFive!, acknowledged);
  connection.answer(ofThree!, '{"error":{"code":503,"err_code":10077}}');
  expect(heard).toEqual([
    [5, NatsStatus.acknowledged],
    [3, 10_077],
  ]);
});

test('without an answer in time the client is told so once, and the late answer is not taken for that of its next message', () => {
  publish(1);
  vi.advanceTimersByTime(timeoutMs + 200);
  expect(heard).toEqual([[1, NatsStatus.timedOut]]);
  publish(1);
  const [late, next] = connection.replySubjects;
  connection.answer(late!, acknowledged);
  expect(heard).toHaveLength(1);
  connection.answer(next!, acknowledged);
  connection.answer(next!, acknowledged);
  vi.advanceTimersByTime(10 * timeoutMs);
  expect(heard.slice(1)).toEqual([[1, NatsStatus.acknowledged]]);
});

test('when the connection ends, whoever waits is told, and so is whoever comes after', async () => {
  publish(1);
  await connection.close();
  expect(heard).toEqual([[1, NatsStatus.connectionLost]]);
  publish(2);
  expect(heard).toHaveLength(1);
  vi.runOnlyPendingTimers();
  expect(heard[1]).toEqual([2, NatsStatus.connectionLost]);
});

test.each([
  [acknowledged, NatsStatus.acknowledged],
  ['{"error":{"code":500,"err_code":10049,"description":"no"}}', 10_049],
  ['{"error":{}}', NatsStatus.malformed],
  ['{"stream":"bench"}', NatsStatus.malformed],
  ['[]', NatsStatus.malformed],
  ['hello', NatsStatus.malformed],
  ['', NatsStatus.malformed],
])('the answer %s means %i', (text, status) => {
  expect(ackStatus({ data: Buffer.from(text) })).toBe(status);
});

test('an empty answer with a header says that nobody listens', () => {
  expect(ackStatus({ data: new Uint8Array(), headers: { code: 503 } as MsgHdrs })).toBe(NatsStatus.noResponders);
});

test('every status has a name', () => {
  const names = [...Object.values(NatsStatus), 10_077].map(natsStatusName);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('JETSTREAM 10077');
});
