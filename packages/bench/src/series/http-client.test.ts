import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { HttpClient } from './http-client.ts';

async function withServer(listener: RequestListener, work: (address: string, server: Server) => Promise<void>) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`, server);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const never = new AbortController().signal;

test('bodies are sent and answers read, over a connection that stays open', () =>
  withServer(
    (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      request.once('end', () => {
        response.statusCode = request.method === 'POST' ? 201 : 200;
        response.end(`${request.url} ${request.headers['content-type']} ${text} ${request.socket.remotePort}`);
      });
    },
    async (address) => {
      const client = new HttpClient(address, 1, never);
      const first = await client.post('/write', 'größer', 'text/plain');
      expect(first).toMatchObject({ status: 201, body: expect.stringMatching(/^\/write text\/plain größer \d+$/) });
      const second = await client.get('/query');
      expect(second.body.split(' ').at(-1)).toBe(first.body.split(' ').at(-1));
      client.close();
    },
  ));

test('a connection that the server closes while it is idle is not missed', () => {
  let requests = 0;
  return withServer(
    (request, response) => {
      requests += 1;
      // The second finds its connection closed without an answer.
      if (requests === 2) request.socket.destroy();
      else response.end('answer');
    },
    async (address) => {
      const client = new HttpClient(address, 1, never);
      expect((await client.get('/')).body).toBe('answer');
      expect((await client.get('/')).body).toBe('answer');
      expect(requests).toBe(3);
      client.close();
    },
  );
});

test('nobody there is an error; an interruption says why', () =>
  withServer(
    () => undefined,
    async (address, server) => {
      const interruption = new AbortController();
      const client = new HttpClient(address, 1, interruption.signal);
      const asked = client.get('/');
      server.once('request', () => interruption.abort(new Error('enough')));
      await expect(asked).rejects.toThrow('enough');
      const closed = new HttpClient('127.0.0.1:1', 1, never);
      await expect(closed.get('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      closed.close();
    },
  ));
