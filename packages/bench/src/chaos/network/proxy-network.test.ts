import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ProxyNetwork } from './proxy-network.ts';

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** One end of a connection, with all that has arrived there. */
class End {
  readonly socket: Socket;
  text = '';

  constructor(socket: Socket) {
    this.socket = socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        this.text += bytes.toString();
      });
    cleanUps.push(() => socket.destroy());
  }

  async has(text: string): Promise<void> {
    while (this.text !== text) await once(this.socket, 'data');
  }
}

interface Connected {
  readonly network: ProxyNetwork;
  readonly near: End;
  readonly far: End;
  /** Where node 2 listens. */
  readonly server: Server;
  /** Connects to node 2 as this node would. */
  readonly dialFrom: (id: number) => Socket;
}

/** Node 1 has made a connection to node 2. */
async function connected(): Promise<Connected> {
  const network = await ProxyNetwork.open(3);
  cleanUps.push(() => network.remove());
  const server = createServer().listen(0, '127.0.0.1');
  cleanUps.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dialFrom = (id: number): Socket => {
    const address = network.peerAddress(id, 2, `127.0.0.1:${port}`);
    return connect(Number(address.split(':')[1]), '127.0.0.1');
  };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const near = new End(dialFrom(1));
  const far = new End((await accepted)[0]);
  near.socket.write('hello');
  await far.has('hello');
  far.socket.write('welcome');
  await near.has('welcome');
  return { network, near, far, server, dialFrom };
}

test('what cannot pass one way passes the other, and arrives in order when the way is mended', async () => {
  const { network, near, far } = await connected();
  await network.cut(1, 2);
  near.socket.write(' one');
  near.socket.write(' two');
  // Answers prove that the proxy has had time to pass on what was sent before them.
  far.socket.write(' still there?');
  await near.has('welcome still there?');
  expect(far.text).toBe('hello');
  await network.mend(1, 2);
  await far.has('hello one two');
});

test('the end of a connection does not pass a cut way either', async () => {
  const { network, near, far } = await connected();
  await network.cut(1, 2);
  near.socket.destroy();
  await once(near.socket, 'close');
  const other = once(far.socket, 'close');
  expect(far.socket.destroyed).toBe(false);
  await network.mend(1, 2);
  await other;
});

test('what is sent along a slow way arrives after what was sent later along another', async () => {
  const { network, near, far, server, dialFrom } = await connected();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const third = dialFrom(3);
  const fromThird = new End((await accepted)[0]);
  await network.delay(1, 200);
  const arrived: string[] = [];
  far.socket.once('data', () => arrived.push('slow'));
  fromThird.socket.once('data', () => arrived.push('fast'));
  near.socket.write(' slow');
  third.write('fast');
  await Promise.all([far.has('hello slow'), fromThird.has('fast')]);
  expect(arrived).toEqual(['fast', 'slow']);
  third.destroy();
});

test('a large amount passes a capped way whole', async () => {
  const { network, near, far } = await connected();
  await network.cap(1, 50 * 1024 * 1024);
  const bytes = 'x'.repeat(3 * 1024 * 1024);
  near.socket.write(bytes);
  await far.has(`hello${bytes}`);
});

test('a peer that does not listen looks as it would without the proxy', async () => {
  const { near, far, server, dialFrom } = await connected();
  server.close();
  far.socket.destroy();
  await once(near.socket, 'close');
  const refused = dialFrom(1).on('error', () => undefined);
  await once(refused, 'close');
});
