// Writes whose client is told before they are applied, where the node allows it and where it does not.

import {
  type Acknowledgement,
  DataType,
  encodeInsertTablet,
  StatusCode,
  writeOpenSession,
  writeWrite,
} from '@balsa/wire';
import { expect, test } from 'vitest';
import { GroupIds } from '../group-ids.ts';
import { type RawAnswer, RawClient } from '../testing/raw-client.ts';
import { startTestNode } from '../testing/test-node.ts';

const timeoutMs = 5000;

/** A node, and a client of it with a session. */
async function withClient(
  flags: Readonly<Record<string, string>>,
  run: (client: RawClient, session: number) => Promise<void>,
): Promise<void> {
  const node = await startTestNode(flags);
  const client = await RawClient.connect(node.config.listen.client);
  try {
    const opened = await client.ask((connection, id) => writeOpenSession(connection, id, timeoutMs, GroupIds.data));
    if (opened.kind !== 'sessionOpened') throw new Error(`no session: ${JSON.stringify(opened)}`);
    await run(client, opened.sessionId);
  } finally {
    await client.close();
    await node.stop();
  }
}

function write(
  client: RawClient,
  position: { readonly session: number; readonly sequence: number },
  acknowledge: Acknowledgement,
  { group = GroupIds.data, device = 'root.weak' }: { readonly group?: number; readonly device?: string } = {},
): Promise<RawAnswer> {
  const command = encodeInsertTablet({
    device,
    measurements: ['s'],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(position.sequence),
    columns: [{ values: Float64Array.of(1) }],
  });
  const { session, sequence } = position;
  return client.ask((connection, id) =>
    writeWrite(connection, id, timeoutMs, group, session, sequence, 1, command, acknowledge),
  );
}

const written = { kind: 'written', status: StatusCode.SUCCESS };

test('a weak write is told of, and then answered', () =>
  withClient({ 'limits-weak-bytes-max': '100000' }, async (client, session) => {
    expect(await write(client, { session, sequence: 1 }, 'weak')).toMatchObject(written);
    expect(client.accepted.map(({ how }) => how)).toEqual(['weak']);
    expect(await write(client, { session, sequence: 2 }, 'applied')).toMatchObject(written);
    expect(await write(client, { session, sequence: 3 }, 'committed')).toMatchObject(written);
    expect(client.accepted.filter(({ how }) => how === 'weak')).toHaveLength(1);
    // Sent again, it is applied once, and has its answer.
    expect(await write(client, { session, sequence: 1 }, 'weak')).toMatchObject(written);
  }));

test('what the store says to a weak write follows, and what never gets there is refused as ever', () =>
  withClient({ 'limits-weak-bytes-max': '100000' }, async (client, session) => {
    const refused = await write(client, { session, sequence: 1 }, 'weak', { device: 'nowhere' });
    expect(refused).toMatchObject({ kind: 'failed', status: StatusCode.ILLEGAL_PATH });
    const unknown = await write(client, { session: 999, sequence: 1 }, 'weak');
    expect(unknown).toMatchObject({ kind: 'failed', status: StatusCode.SESSION_UNKNOWN });
    expect(client.accepted.map(({ how }) => how)).toEqual(['weak']);
  }));

test('the metadata take no weak writes, whatever is allowed', () =>
  withClient({ 'limits-weak-bytes-max': '100000' }, async (client, session) => {
    const answer = await write(client, { session, sequence: 1 }, 'weak', { group: GroupIds.metadata });
    expect(answer).toMatchObject({ kind: 'failed', status: StatusCode.GROUP_UNKNOWN });
    expect(client.accepted).toEqual([]);
  }));

test('by default weak is refused, with what to do about it, and the connection goes on', () =>
  withClient({}, async (client, session) => {
    const answer = await write(client, { session, sequence: 1 }, 'weak');
    expect(answer).toMatchObject({ kind: 'failed', status: StatusCode.WEAK_WRITES_OFF });
    expect(answer.kind === 'failed' && answer.message).toMatch(/limits\.weakBytesMax/);
    expect(await write(client, { session, sequence: 2 }, 'committed')).toMatchObject(written);
  }));
