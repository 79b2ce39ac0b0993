import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeClient } from './node-client.ts';

const servers: Server[] = [];
const clients: NodeClient[] = [];

/** A node that answers `/ping`, unless `ping` says otherwise, and all else with `answer`. */
async function serve(answer: RequestListener, ping = 200): Promise<URL> {
  const server = createServer((request, response) => {
    if (request.url !== '/ping') return answer(request, response);
    response.writeHead(ping).end('{"code":200,"message":""}');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function clientOf(...nodes: URL[]): NodeClient {
  const client = new NodeClient(nodes);
  clients.push(client);
  return client;
}

async function rowsOf(client: NodeClient, signal?: AbortSignal): Promise<unknown[]> {
  const { blocks } = await client.query('show devices', { signal });
  const all: unknown[] = [];
  for await (const rows of blocks) all.push(...rows);
  return all;
}

const head = '{"columns":[{"name":"Device","dataType":"TEXT"}],"hasTime":false}\n';
const nowhere = new URL('http://127.0.0.1:1');

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('NodeClient', () => {
  it('takes rows wherever the parts of an answer are divided', async () => {
    const bytes = Buffer.from(`${head}["å"]\n["日本"]\n`);
    const node = await serve(async (_request, response) => {
      response.writeHead(200);
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(await rowsOf(clientOf(node))).toEqual([['å'], ['日本']]);
  });

  it('goes on to the next node when one does not answer, and stays there', async () => {
    let asked = 0;
    const node = await serve((_request, response) => {
      asked++;
      response.end(`${head}["a"]\n`);
    });
    const client = clientOf(nowhere, node);
    expect(await rowsOf(client)).toEqual([['a']]);
    expect(client.node).toBe(node);
    await rowsOf(client);
    expect(asked).toBe(2);
  });

  it('prefers a node that is ready to one that only answers', async () => {
    const waiting = await serve((_request, response) => response.end(`${head}["old"]\n`), 503);
    const ready = await serve((_request, response) => response.end(`${head}["new"]\n`));
    expect(await rowsOf(clientOf(waiting, ready))).toEqual([['new']]);
    expect(await rowsOf(clientOf(waiting, nowhere))).toEqual([['old']]);
  });

  it('asks a node again that closed the connection, then the next one', async () => {
    let asked = 0;
    const broken = await serve((request) => {
      asked++;
      request.socket.destroy();
    });
    const node = await serve((_request, response) => response.end(head));
    expect(await rowsOf(clientOf(broken, node))).toEqual([]);
    expect(asked).toBe(2);
  });

  it('asks the next node when one has no quorum, and writes there from then on', async () => {
    const asked: string[] = [];
    const alone = await serve((_request, response) => {
      asked.push('alone');
      response.end('{"code":906,"message":"no quorum"}');
    });
    const node = await serve((request, response) => {
      asked.push('node');
      response.end(request.url === '/rest/v2/query' ? head : '{"code":200,"message":""}');
    });
    expect(await rowsOf(clientOf(alone, node))).toEqual([]);
    const writer = clientOf(alone, node);
    await expect(writer.execute('flush')).rejects.toMatchObject({ status: 906 });
    await writer.execute('flush');
    expect(asked).toEqual(['alone', 'node', 'alone', 'node']);
    await expect(rowsOf(clientOf(alone))).rejects.toMatchObject({ status: 906 });
  });

  it('does not send a change twice if the first may have arrived', async () => {
    let asked = 0;
    const broken = await serve((request) => {
      asked++;
      request.socket.destroy();
    });
    await expect(clientOf(broken, broken).execute('flush')).rejects.toMatchObject({ code: 'CONNECTION_BROKEN' });
    expect(asked).toBe(1);
  });

  it('says of each node why it is not there', async () => {
    await expect(rowsOf(clientOf(nowhere, nowhere))).rejects.toMatchObject({
      code: 'NODES_UNAVAILABLE',
      message: 'no node answers: 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it.each([
    ['a refusal', '{"code":700,"message":"no SQL"}', { code: 'STATEMENT_REFUSED', status: 700 }],
    [
      'a failure on the way',
      `${head}["a"]\n{"code":720,"message":"late"}\n`,
      { code: 'STATEMENT_REFUSED', status: 720 },
    ],
    ['something else', '<html>', { code: 'ANSWER_UNREADABLE' }],
    ['something else on the way', `${head}"a"\n`, { code: 'ANSWER_UNREADABLE' }],
    ['nothing', '', { code: 'ANSWER_UNREADABLE' }],
  ])('tells %s', async (_what, answer, expected) => {
    const node = await serve((_request, response) => response.end(answer));
    await expect(rowsOf(clientOf(node))).rejects.toMatchObject(expected);
  });

  it('gives the name and the password that stand in an address, and tells nobody else of them', async () => {
    const given: unknown[] = [];
    const node = await serve((request, response) => {
      given.push(request.headers.authorization);
      response.end(head);
    });
    await rowsOf(clientOf(new URL(`http://ann:p%40ss@${node.host}`)));
    expect(given).toEqual([`Basic ${Buffer.from('ann:p@ss').toString('base64')}`]);
    const away = clientOf(new URL('http://ann:secret@127.0.0.1:1'));
    await expect(rowsOf(away)).rejects.toThrow(/^(?!.*secret).*127\.0\.0\.1:1/);
  });

  it('takes a part for no whole', async () => {
    const node = await serve((_request, response) => {
      response.write(`${head}["a"]\n`, () => response.destroy());
    });
    await expect(rowsOf(clientOf(node))).rejects.toMatchObject({ code: 'CONNECTION_BROKEN' });
  });

  it('closes the connection when nobody wants the rows any more', async () => {
    let isClosed = (): void => {};
    const closed = new Promise<void>((resolve) => (isClosed = resolve));
    const node = await serve((_request, response) => {
      response.once('close', isClosed);
      response.write(`${head}["a"]\n`);
    });
    const stop = new AbortController();
    const reading = rowsOf(clientOf(node), stop.signal);
    setTimeout(() => stop.abort(), 50);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
  });

  it('closes the connection of a result that is not gone through', async () => {
    let isClosed = (): void => {};
    const closed = new Promise<void>((resolve) => (isClosed = resolve));
    const node = await serve((_request, response) => {
      response.once('close', isClosed);
      response.write(`${head}["a"]\n`);
    });
    const result = await clientOf(node).query('show devices');
    await result.close();
    await closed;
  });
});
