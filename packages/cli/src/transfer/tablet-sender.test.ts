import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { StatementRefused } from '../node-client/statement-refused.ts';
import type { JsonTablet } from './json-tablet.ts';
import { TabletSender, type TabletSenderOptions } from './tablet-sender.ts';

const DOUBLE = 4;

function tablet(device: string, ...times: number[]): JsonTablet {
  return { device, isAligned: false, measurements: ['s'], dataTypes: [DOUBLE], times, values: [times.map(() => 1)] };
}

interface Asked {
  readonly body: { readonly device: string; readonly timestamps: readonly number[] };
  answer(error?: unknown): void;
}

/** A node that answers when the test says so. */
function setUp(changed: Partial<TabletSenderOptions> = {}) {
  const asked: Asked[] = [];
  let acknowledged = 0;
  const client = {
    insertTablet: (body: string) =>
      new Promise<void>((resolve, reject) => {
        asked.push({ body: JSON.parse(body), answer: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  };
  const sender = new TabletSender(client, {
    signal: new AbortController().signal,
    onRows: (count) => {
      acknowledged += count;
    },
    ...changed,
  });
  return { sender, asked, acknowledged: () => acknowledged };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('TabletSender', () => {
  it('has several under way, and no more', async () => {
    const { sender, asked, acknowledged } = setUp({ inFlightMax: 2 });
    await sender.send(tablet('root.a', 1));
    await sender.send(tablet('root.a', 2));
    const third = sender.send(tablet('root.a', 3));
    await turn();
    expect(asked).toHaveLength(2);
    asked[1]?.answer();
    await third;
    expect(asked).toHaveLength(3);
    for (const { answer } of asked) answer();
    await sender.finish();
    expect(acknowledged()).toBe(3);
  });

  it('waits for what has the same times of the same device, so that the last counts', async () => {
    const { sender, asked } = setUp();
    await sender.send(tablet('root.a', 1, 5));
    await sender.send(tablet('root.b', 1, 5));
    const overlapping = sender.send(tablet('root.a', 3));
    await turn();
    expect(asked.map(({ body }) => body.device)).toEqual(['root.a', 'root.b']);
    asked[0]?.answer();
    await overlapping;
    expect(asked).toHaveLength(3);
    for (const { answer } of asked) answer();
    await sender.finish();
  });

  it.each([
    ['no node answers', new CliError('NODES_UNAVAILABLE', '')],
    ['the connection broke', new CliError('CONNECTION_BROKEN', '')],
    ['there is no quorum', new StatementRefused(906, '')],
  ])('sends again while %s', async (_what, error) => {
    const { sender, asked, acknowledged } = setUp();
    await sender.send(tablet('root.a', 1));
    asked[0]?.answer(error);
    while (asked.length < 2) await turn();
    expect(asked[1]?.body).toEqual(asked[0]?.body);
    asked[1]?.answer();
    await sender.finish();
    expect(acknowledged()).toBe(1);
  });

  it('gives up in the end', async () => {
    const { sender, asked } = setUp({ retryMs: 0 });
    await sender.send(tablet('root.a', 1));
    asked[0]?.answer(new StatementRefused(906, 'no quorum'));
    await expect(sender.finish()).rejects.toMatchObject({ status: 906 });
  });

  it('ends with a refusal that will not pass', async () => {
    const { sender, asked } = setUp();
    await sender.send(tablet('root.a', 1));
    asked[0]?.answer(new StatementRefused(614, 'another type'));
    await turn();
    await expect(sender.send(tablet('root.a', 2))).rejects.toMatchObject({ status: 614 });
    expect(asked).toHaveLength(1);
  });

  it('divides what is too large', async () => {
    const { sender, asked, acknowledged } = setUp();
    await sender.send(tablet('root.a', 1, 2, 3));
    asked[0]?.answer(new StatementRefused(9003, ''));
    await turn();
    asked[1]?.answer();
    await turn();
    asked[2]?.answer();
    await sender.finish();
    expect(asked.slice(1).map(({ body }) => body.timestamps)).toEqual([[1], [2, 3]]);
    expect(acknowledged()).toBe(3);
    await sender.send(tablet('root.a', 1));
    asked[3]?.answer(new StatementRefused(9003, ''));
    await expect(sender.finish()).rejects.toMatchObject({ status: 9003 });
  });

  it('leaves out columns without values', async () => {
    const { sender, asked, acknowledged } = setUp();
    await sender.send({
      ...tablet('root.a', 1),
      measurements: ['s', 't'],
      dataTypes: [DOUBLE, DOUBLE],
      values: [[null], [2]],
    });
    expect(asked[0]?.body).toMatchObject({ measurements: ['t'], values: [[2]] });
    asked[0]?.answer();
    await sender.send({ ...tablet('root.a', 1), values: [[null]] });
    await sender.finish();
    expect(asked).toHaveLength(1);
    expect(acknowledged()).toBe(2);
  });
});
