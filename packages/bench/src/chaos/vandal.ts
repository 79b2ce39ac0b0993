// Strangers at every port of every node, all the time: bytes of no protocol, other protocols, lengths that nobody has
// memory for, connections that say nothing and stay. A node must turn them away and live on.

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalNode, parseAddress } from '@balsa/server';
import type { Random } from './random.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

const attacks = ['junk', 'http', 'tls', 'oversized frame', 'half a hello', 'silence', 'flood and reset'] as const;
export type Attack = (typeof attacks)[number];

const pauseMs = { least: 5, most: 60 };
/** A node takes so many strangers at a time, and more; those who wait longest must make room for others here as well. */
const socketsMax = 24;
const lingerMsMax = 5_000;

export class Vandal {
  readonly #targets: readonly Target[];
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  #attacks = 0;

  constructor(targets: readonly Target[], random: Random) {
    this.#targets = targets;
    this.#random = random;
  }

  /** Connections that were made to do harm. */
  get attacks(): number {
    return this.#attacks;
  }

  /** Never rejects. */
  async rageUntil(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (this.#sockets.size < socketsMax) this.#attack();
      await sleep(this.#random.between(pauseMs.least, pauseMs.most));
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  #attack(): void {
    const target = this.#targets[this.#random.between(0, this.#targets.length - 1)]!;
    const attack = this.#random.pick(attacks);
    const bytes = bytesOf(attack, this.#random);
    const lingerMs = this.#random.between(0, lingerMsMax);
    const socket = connect(target);
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
    socket.once('connect', () => {
      this.#attacks++;
      socket.resume();
      socket.write(bytes, () => {
        if (attack === 'flood and reset') socket.resetAndDestroy();
      });
    });
  }
}

/** The three ports of every node. */
export function targetsOf(nodes: readonly LocalNode[]): Target[] {
  return nodes
    .flatMap(({ peer, client, http }) => [peer, client, http])
    .flatMap((address) => parseAddress(address) ?? []);
}

export function bytesOf(attack: Attack, random: Random): Buffer {
  switch (attack) {
    case 'junk':
      return junk(random, random.between(1, 4096));
    case 'http':
      return Buffer.from(
        `${random.pick(['GET', 'POST', 'PUT', 'BREW'])} /${junk(random, 8).toString('hex')} HTTP/1.1\r\n\r\n`,
      );
    case 'tls':
      // A record of type handshake, TLS 1.0, that announces a client hello.
      return Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), junk(random, 100)]);
    case 'oversized frame':
      return Buffer.concat([preamble(random), Buffer.alloc(4, 0xff), junk(random, 64)]);
    case 'half a hello':
      return Buffer.concat([preamble(random), junk(random, random.between(0, 64))]);
    case 'silence':
      return Buffer.alloc(0);
    case 'flood and reset':
      return junk(random, 256 * 1024);
  }
}

/** Of the client protocol or that among nodes: "BALSA", C or P, version 1. */
function preamble(random: Random): Buffer {
  return Buffer.concat([Buffer.from('BALSA'), Buffer.from(random.pick(['C', 'P'])), Buffer.from([1, 0])]);
}

function junk(random: Random, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.between(0, 255)));
}
