// A connection that somebody dialled to this node: a stranger until its hello is welcomed, then the way on which one
// peer's frames arrive. Only hellos and pings are ever sent back on it.

import type { Socket } from 'node:net';
import type { GroupId, NodeId } from '@balsa/raft';
import { FrameConnection, type FrameConnectionHandler, WireError } from '@balsa/wire';
import { ReplicaError } from '../errors.ts';
import type { FolderIdentity, PeerFrame } from '../ports.ts';
import { isHeartbeats, readHeartbeats } from './heartbeat-frames.ts';
import { readPeerFrame, readPeerFrameGroup } from './peer-frame-codec.ts';
import {
  type HelloAnswer,
  type HelloFault,
  HelloFrame,
  type PeerHello,
  peerProtocol,
  readPeerHello,
  readPeerRefusal,
  writePeerRefusal,
  writePeerWelcome,
} from './peer-hello.ts';
import { since } from './peer-versions.ts';
import type { TransportLimits } from './transport-limits.ts';
import type { TransportLog } from './transport-log.ts';

export interface InboundContext {
  readonly log: TransportLog;
  limits(): TransportLimits;
  identity(): { readonly nodeId: NodeId; readonly instance: number; readonly folder: FolderIdentity | undefined };
  answerTo(hello: PeerHello): HelloAnswer;
  /** See `FolderGuard.remember`. */
  remember(hello: PeerHello): Promise<void> | undefined;
  welcomed(connection: InboundConnection, peer: NodeId): void;
  frame(peer: NodeId, group: GroupId, frame: PeerFrame): void;
  closed(connection: InboundConnection): void;
}

/** Who was welcomed, and the version that was agreed on. */
interface Caller {
  readonly peer: NodeId;
  readonly instance: number;
  readonly version: number;
}

export class InboundConnection implements FrameConnectionHandler {
  readonly #context: InboundContext;
  readonly #connection: FrameConnection;
  readonly #remoteAddress: string;
  #caller: Caller | undefined;
  /** A hello is in, and its answer waits for the disk. */
  #isMeeting = false;

  constructor(socket: Socket, context: InboundContext) {
    const { frameBytesMax, helloTimeoutMs, pingIntervalMs, silenceTimeoutMs } = context.limits();
    this.#context = context;
    this.#connection = new FrameConnection(
      socket,
      {
        protocol: peerProtocol,
        frameBytesMax,
        queueBytesMax: frameBytesMax,
        helloTimeoutMs,
        pingIntervalMs,
        silenceTimeoutMs,
      },
      this,
    );
    // The socket forgets it when it closes, which is when the log wants it.
    this.#remoteAddress = this.#connection.remoteAddress;
  }

  /** Who it is, once welcomed. */
  get peer(): NodeId | undefined {
    return this.#caller?.peer;
  }

  get instance(): number | undefined {
    return this.#caller?.instance;
  }

  destroy(): void {
    this.#connection.destroy();
  }

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    const caller = this.#caller;
    if (caller === undefined) {
      this.#meet(type, bytes, start, end);
      return;
    }
    if (type === HelloFrame.refusal) {
      this.#refused(caller, bytes, start, end);
      return;
    }
    if (caller.version >= since.gatheredHeartbeats && isHeartbeats(type)) {
      this.#handOutHeartbeats(type, bytes, start, end, caller);
      return;
    }
    const group = readPeerFrameGroup(bytes, start, end);
    this.#context.frame(caller.peer, group, this.#decode(type, bytes, start, end, caller));
  }

  onClose(reason: WireError | undefined): void {
    this.#context.closed(this);
    if (reason === undefined || reason.code === 'CONNECTION_LOST') return;
    const code = reason.cause instanceof ReplicaError ? reason.cause.code : reason.code;
    const who = this.#caller === undefined ? 'a stranger' : `node ${this.#caller.peer}`;
    this.#context.log('warn', code, `closed the connection from ${who}: ${reason.message}`, this.#fields());
  }

  #meet(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#isMeeting) throw new WireError('BYTES_MALFORMED', 'sent a frame before it was welcomed');
    if (type !== HelloFrame.hello)
      throw new WireError('BYTES_MALFORMED', `began with a frame of type ${type}, no hello`);
    const hello = readPeerHello(bytes, start, end);
    const answer = this.#context.answerTo(hello);
    const remembered = 'fault' in answer ? undefined : this.#context.remember(hello);
    if (remembered === undefined) {
      this.#answer(hello, answer);
      return;
    }
    this.#isMeeting = true;
    remembered.then(
      () => {
        // Much may have changed meanwhile.
        if (this.#connection.isOpen) this.#answer(hello, this.#context.answerTo(hello));
      },
      () => this.#connection.destroy(),
    );
  }

  #answer(hello: PeerHello, answer: HelloAnswer): void {
    if ('fault' in answer) {
      this.#refuse(answer.fault);
      return;
    }
    const { version } = answer;
    this.#caller = { peer: hello.from, instance: hello.instance, version };
    this.#connection.admit();
    writePeerWelcome(this.#connection, { ...this.#context.identity(), version });
    this.#context.welcomed(this, hello.from);
  }

  #refuse(fault: HelloFault): void {
    this.#context.log('warn', fault.code, `refused a connection: ${fault.message}`, this.#fields());
    writePeerRefusal(this.#connection, fault);
    this.#connection.close();
  }

  /** The caller does not accept whom it met here. */
  #refused({ peer }: Caller, bytes: Buffer, start: number, end: number): void {
    const { code, message } = readPeerRefusal(bytes, start, end);
    const reason = `node ${peer} refuses this node: ${code}: ${message}`;
    this.#context.log('warn', 'PEER_REFUSED_US', reason, this.#fields());
    this.#connection.destroy();
  }

  #decode(type: number, bytes: Buffer, start: number, end: number, { peer, version }: Caller): PeerFrame {
    try {
      return readPeerFrame(type, bytes, start, end, peer, this.#context.identity().nodeId, version);
    } catch (error) {
      if (error instanceof ReplicaError) throw new WireError('BYTES_MALFORMED', error.message, { cause: error });
      throw error;
    }
  }

  #handOutHeartbeats(type: number, bytes: Buffer, start: number, end: number, { peer, version }: Caller): void {
    const { nodeId } = this.#context.identity();
    readHeartbeats(type, bytes, start, end, peer, nodeId, version, (group, message) => {
      if (this.#connection.isOpen) this.#context.frame(peer, group, { kind: 'raft', message });
    });
  }

  #fields(): Readonly<Record<string, string | number>> {
    const from = this.#remoteAddress;
    return this.#caller === undefined ? { from } : { from, peer: this.#caller.peer };
  }
}
