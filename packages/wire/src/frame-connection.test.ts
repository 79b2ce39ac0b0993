import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WireError } from './errors.ts';
import { FrameConnection, type FrameConnectionHandler, type FrameConnectionOptions } from './frame-connection.ts';
import { encodePreamble, ProtocolKind } from './preamble.ts';

const protocol = { kind: ProtocolKind.client, version: 3 };
const options: FrameConnectionOptions = { protocol, frameBytesMax: 1 << 20, queueBytesMax: 1 << 20 };

class Side implements FrameConnectionHandler {
  readonly connection: FrameConnection;
  readonly frames: string[] = [];
  readonly closed: Promise<WireError | undefined>;
  frameCount = 0;
  roomCount = 0;
  #onClosed: (reason: WireError | undefined) => void = () => {};

  constructor(socket: Socket, changes: Partial<FrameConnectionOptions> = {}, admitted = true) {
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.connection = new FrameConnection(socket, { ...options, ...changes }, this);
    if (admitted) this.connection.admit();
  }

  send(type: number, text: string | Buffer): void {
    this.connection.begin(type);
    this.connection.attach(Buffer.from(text));
    this.connection.end();
  }

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    this.frameCount++;
    if (end - start < 100) this.frames.push(`${type} ${bytes.toString('utf8', start, end)}`);
  }

  onRoom(): void {
    this.roomCount++;
  }

  onClose(reason: WireError | undefined): void {
    this.#onClosed(reason);
  }
}

const opened: (Server | Socket)[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) {
    if ('destroy' in one) one.destroy();
    else one.close();
  }
});

/** Two ends of one TCP connection on loopback. */
async function socketPair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const near = connect(address.port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  if (near.connecting) await once(near, 'connect');
  opened.push(near, far, server);
  return { near, far };
}

describe('a connection', () => {
  test('carries frames both ways, in order', async () => {
    const { near, far } = await socketPair();
    const [left, right] = [new Side(near), new Side(far)];
    for (let i = 0; i < 500; i++) {
      left.send(7, `to the right ${i}`);
      right.send(8, `to the left ${i}`);
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect([left.frames.length, right.frames.length]).toEqual([500, 500]));
    expect(right.frames).toEqual(Array.from({ length: 500 }, (_, i) => `7 to the right ${i}`));
    expect(left.frames).toEqual(Array.from({ length: 500 }, (_, i) => `8 to the left ${i}`));
  });

  test('writes once per turn, whatever the number of frames', async () => {
    const { near, far } = await socketPair();
    const [left, right] = [new Side(near), new Side(far)];
    await vi.waitFor(() => expect(right.connection.socket.bytesRead).toBe(8));
    const write = vi.spyOn(near, 'write');
    for (let i = 0; i < 1000; i++) left.send(1, 'x');
    expect(write).toHaveBeenCalledTimes(0);
    await vi.waitFor(() => expect(right.frames).toHaveLength(1000));
    expect(write).toHaveBeenCalledTimes(1);
  });

  test('sends large bodies between small ones', async () => {
    const { near, far } = await socketPair();
    const [left, right] = [new Side(near, { queueBytesMax: 1 << 24 }), new Side(far)];
    for (let i = 0; i < 20; i++) {
      left.send(1, Buffer.alloc(300_000, i));
      left.send(2, `after ${i}`);
    }
    await vi.waitFor(() => expect(right.frameCount).toBe(40));
    expect(right.frames).toEqual(Array.from({ length: 20 }, (_, i) => `2 after ${i}`));
  });

  test('sends what is queued before it closes, and tells the reason to its own side', async () => {
    const { near, far } = await socketPair();
    const [left, right] = [new Side(near), new Side(far)];
    left.send(1, Buffer.alloc(500_000));
    await new Promise(setImmediate);
    left.send(1, 'the last words');
    left.connection.close();
    left.send(1, 'too late');
    expect(await left.closed).toBeUndefined();
    expect(await right.closed).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(right.frames).toEqual(['1 the last words']);
  });

  test('tells both sides when one is destroyed', async () => {
    const { near, far } = await socketPair();
    const [left, right] = [new Side(near), new Side(far)];
    left.connection.destroy();
    left.connection.destroy();
    expect(await left.closed).toBeUndefined();
    expect(await right.closed).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(right.connection.isOpen).toBe(false);
  });

  test('has room again when the queue has drained', async () => {
    const { near, far } = await socketPair();
    const left = new Side(near, { queueBytesMax: 100_000 });
    expect(left.connection.hasRoom(1 << 20)).toBe(true);
    far.pause();
    while (left.connection.hasRoom(50_000)) {
      left.send(1, Buffer.alloc(50_000));
      await sleep(1);
    }
    expect(left.connection.queuedBytes).toBeGreaterThan(50_000);
    expect(left.roomCount).toBe(0);
    far.resume();
    await vi.waitFor(() => expect(left.roomCount).toBe(1));
    expect(left.connection.hasRoom(50_000)).toBe(true);
  });

  test('stops reading while its answers pile up, where asked to', async () => {
    const { near, far } = await socketPair();
    const server = new Side(near, { queueBytesMax: 100_000, pauseReadsWhenFull: true });
    far.write(encodePreamble(protocol));
    await vi.waitFor(() => expect(near.bytesRead).toBe(8));
    far.pause();
    while (!near.isPaused()) {
      server.send(1, Buffer.alloc(60_000));
      await sleep(1);
    }
    far.write(Buffer.from('0200000009', 'hex'));
    far.write('!');
    await sleep(20);
    expect(server.frameCount).toBe(0);
    far.resume();
    await vi.waitFor(() => expect(server.frames).toEqual(['9 !']));
  });
});

describe('a connection ends', () => {
  test.each([
    ['TLS', Buffer.from('16030100f8010000f40303', 'hex'), 'SPEAKS_TLS'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'SPEAKS_HTTP'],
    ['junk', Buffer.from('SSH-2.0-OpenSSH'), 'SPEAKS_JUNK'],
    ['zeros', Buffer.alloc(1000), 'SPEAKS_JUNK'],
    ['the other protocol of ours', encodePreamble({ ...protocol, kind: ProtocolKind.peer }), 'PROTOCOL_MISMATCH'],
    ['another version', encodePreamble({ ...protocol, version: 4 }), 'PROTOCOL_MISMATCH'],
    ['a frame over the limit', Buffer.concat([encodePreamble(protocol), Buffer.alloc(5, 255)]), 'FRAME_TOO_LARGE'],
    ['an empty frame', Buffer.concat([encodePreamble(protocol), Buffer.alloc(5)]), 'BYTES_MALFORMED'],
  ])('when the other side sends %s', async (_what, bytes, code) => {
    const { near, far } = await socketPair();
    const side = new Side(near);
    far.write(bytes);
    expect(await side.closed).toMatchObject({ code });
    expect(side.frameCount).toBe(0);
  });

  test('when a large frame comes before the other side is admitted', async () => {
    const { near, far } = await socketPair();
    const side = new Side(near, {}, false);
    new Side(far).send(1, Buffer.alloc(5000));
    expect(await side.closed).toMatchObject({ code: 'FRAME_TOO_LARGE' });
  });

  test('when the other side is not admitted in time, even if it trickles', async () => {
    const { near, far } = await socketPair();
    const side = new Side(near, { helloTimeoutMs: 60 }, false);
    far.on('error', () => {});
    for (const byte of encodePreamble(protocol).subarray(0, 5)) {
      far.write(Buffer.from([byte]));
      await sleep(5);
    }
    expect(await side.closed).toMatchObject({ code: 'HELLO_TIMEOUT' });
  });

  test('when the other side takes no bytes', async () => {
    const { near, far } = await socketPair();
    far.pause();
    const side = new Side(near, { stallTimeoutMs: 100, queueBytesMax: 1 << 26 });
    for (let i = 0; i < 40; i++) side.send(1, Buffer.alloc(1 << 20));
    expect(await side.closed).toMatchObject({ code: 'PEER_STALLED' });
  });

  test('when the other side falls silent, but not while it pings', async () => {
    const { near, far } = await socketPair();
    const watching = new Side(near, { silenceTimeoutMs: 150 });
    const pinging = new Side(far, { pingIntervalMs: 30 });
    await sleep(500);
    expect(watching.connection.isOpen).toBe(true);
    expect(watching.frameCount).toBe(0);
    pinging.connection.socket.removeAllListeners('data');
    vi.spyOn(pinging.connection, 'end').mockImplementation(() => {});
    expect(await watching.closed).toMatchObject({ code: 'PEER_SILENT' });
  });
});
