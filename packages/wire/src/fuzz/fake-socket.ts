// A socket without a network: what it brings is handed on within the call, so that what a handler throws comes out of it.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

class FakeSocket extends Duplex {
  readonly connecting = false;
  readonly remoteAddress = '192.0.2.1';
  readonly remotePort = 7001;

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

/** Lets `serve` take over a socket, brings it `chunks`, waits until `settled`, and resolves when the socket is closed. */
export async function throughFakeSocket(
  serve: (socket: Socket) => void,
  chunks: Iterable<Buffer>,
  settled: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const socket = new FakeSocket();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // It has what a connection uses of a socket.
  serve(socket as unknown as Socket);
  try {
    for (const chunk of chunks) {
      if (socket.destroyed) break;
      socket.emit('data', chunk);
    }
    await settled();
  } finally {
    socket.destroy();
  }
  await closed;
}
