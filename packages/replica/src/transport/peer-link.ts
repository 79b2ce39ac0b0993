// This node's own connection to one peer: dials, says hello, sends, and dials again when it is lost.

import { connect } from 'node:net';
import type { GroupId, Heartbeat, HeartbeatAck, NodeId } from '@balsa/raft';
import { atEndOfTurn, FrameConnection, type FrameConnectionHandler, WireError } from '@balsa/wire';
import type { PeerFrame } from '../ports.ts';
import { BackOff } from './back-off.ts';
import type { FolderGuard } from './folder-guard.ts';
import { HeartbeatRun, heartbeatBytesMax, heartbeatIn } from './heartbeat-frames.ts';
import { neededVersion } from './needed-version.ts';
import { peerFrameBytes, writePeerFrame } from './peer-frame-codec.ts';
import {
  type HelloFault,
  HelloFrame,
  type PeerHello,
  type PeerWelcome,
  peerProtocol,
  readPeerRefusal,
  readPeerWelcome,
  writePeerHello,
  writePeerRefusal,
} from './peer-hello.ts';
import { describeVersions, since } from './peer-versions.ts';
import type { TransportLimits } from './transport-limits.ts';
import type { TransportLog, TransportLogCode } from './transport-log.ts';

export interface PeerLinkOptions {
  readonly peer: NodeId;
  readonly address: { readonly host: string; readonly port: number };
  readonly hello: PeerHello;
  readonly folders: FolderGuard;
  readonly limits: TransportLimits;
  readonly log: TransportLog;
  /** Frames can be sent from now on; `instance` names the process that answers. */
  onUp(instance: number): void;
  onDown(): void;
}

export class PeerLink implements FrameConnectionHandler {
  readonly #options: PeerLinkOptions;
  readonly #backOff: BackOff;
  #connection: FrameConnection | undefined;
  #redialTimer: NodeJS.Timeout | undefined;
  /** What was sent last and not yet queued: heartbeats that follow one another leave in one frame. */
  readonly #heartbeats: HeartbeatRun;
  #runEndPlanned = false;
  /** Of the process that answers on the present connection. */
  #welcome: PeerWelcome | undefined;
  /** A welcome is in, and waits until the folder of whoever answers is durably remembered. */
  #isMeeting = false;
  /** Why the peer turned this attempt away, if it did. */
  #refusal: string | undefined;
  /** Why this node does not accept whoever answered, if so. */
  #fault: HelloFault | undefined;
  /** What was last said about the present outage: the same is not said again at every attempt. */
  #outageCode: TransportLogCode | undefined;
  #onceClosed: (() => void) | undefined;
  #closing = false;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#heartbeats = new HeartbeatRun(options.limits.frameBytesMax);
    this.#backOff = new BackOff(options.limits.redialFirstMs, options.limits.redialCapMs, Math.random);
  }

  /** Which process answers at the peer's address; `undefined` while it is not connected. */
  get instance(): number | undefined {
    return this.#welcome?.instance;
  }

  /** That of the present connection; `undefined` while there is none. */
  get version(): number | undefined {
    return this.#welcome?.version;
  }

  get queuedBytes(): number {
    return (this.#connection?.queuedBytes ?? 0) + this.#heartbeats.byteLength;
  }

  start(): void {
    this.#redial();
  }

  /** The peer has just shown that it is alive: do not wait out the back-off. */
  dialNow(): void {
    if (this.#redialTimer === undefined) return;
    this.#backOff.reset();
    this.#redial();
  }

  send(group: GroupId, frame: PeerFrame): boolean {
    const connection = this.#connection;
    const welcome = this.#welcome;
    if (connection === undefined || welcome === undefined) return false;
    const { version } = welcome;
    if (version < neededVersion(frame)) return false;
    const heartbeat = version >= since.gatheredHeartbeats ? heartbeatIn(frame) : undefined;
    if (heartbeat !== undefined) return this.#addHeartbeat(connection, group, heartbeat, version);
    this.#endHeartbeats(connection);
    const bytes = peerFrameBytes(frame);
    if (!connection.hasRoom(bytes)) return false;
    if (bytes > this.#options.limits.frameBytesMax) {
      this.#log('error', 'FRAME_TOO_LARGE', `did not send a frame of ${bytes} bytes: it is over the limit`);
      return false;
    }
    writePeerFrame(connection, group, frame, version);
    return true;
  }

  /** Sends what is queued, within a second; resolves when the socket is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#redialTimer);
    const connection = this.#connection;
    if (connection === undefined) return;
    await new Promise<void>((resolve) => {
      this.#onceClosed = resolve;
      if (this.#welcome === undefined) {
        connection.destroy();
      } else {
        this.#endHeartbeats(connection);
        connection.close();
      }
    });
  }

  onConnect(): void {
    if (this.#connection !== undefined) writePeerHello(this.#connection, this.#options.hello);
  }

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    const isGreeting = this.#welcome === undefined && !this.#isMeeting && this.#fault === undefined;
    if (isGreeting && type === HelloFrame.welcome) this.#welcomed(bytes, start, end);
    else if (isGreeting && type === HelloFrame.refusal) this.#refused(bytes, start, end);
    else throw new WireError('BYTES_MALFORMED', `a frame of type ${type} came where none is expected`);
  }

  onClose(reason: WireError | undefined): void {
    const wasUp = this.#welcome !== undefined;
    this.#connection = undefined;
    this.#welcome = undefined;
    this.#heartbeats.clear();
    this.#isMeeting = false;
    if (this.#closing) {
      this.#onceClosed?.();
      return;
    }
    const cause = reason?.message ?? 'closed';
    if (wasUp) {
      this.#log('warn', 'PEER_DOWN', `lost node ${this.#options.peer}: ${cause}`);
      this.#options.onDown();
    } else if (this.#fault !== undefined) {
      this.#logOutage(this.#fault.code, `turned away from node ${this.#options.peer}: ${this.#fault.message}`);
    } else if (this.#refusal !== undefined) {
      this.#logOutage('PEER_REFUSED_US', `node ${this.#options.peer} refuses this node: ${this.#refusal}`);
    } else {
      this.#logOutage('PEER_UNREACHABLE', `cannot reach node ${this.#options.peer}: ${cause}`);
    }
    this.#refusal = undefined;
    this.#fault = undefined;
    this.#redialTimer = setTimeout(() => this.#redial(), this.#backOff.nextDelayMs());
  }

  #addHeartbeat(
    connection: FrameConnection,
    group: GroupId,
    message: Heartbeat | HeartbeatAck,
    version: number,
  ): boolean {
    const run = this.#heartbeats;
    if (!connection.hasRoom(run.byteLength + heartbeatBytesMax)) return false;
    if (!run.takes(message.type)) this.#endHeartbeats(connection);
    run.add(group, message, version);
    if (this.#runEndPlanned) return true;
    this.#runEndPlanned = true;
    atEndOfTurn(() => {
      this.#runEndPlanned = false;
      if (this.#connection !== undefined) this.#endHeartbeats(this.#connection);
    });
    return true;
  }

  /** Whatever follows comes behind them. */
  #endHeartbeats(connection: FrameConnection): void {
    if (!this.#heartbeats.isEmpty) this.#heartbeats.writeTo(connection);
  }

  #redial(): void {
    clearTimeout(this.#redialTimer);
    this.#redialTimer = undefined;
    const { address, limits } = this.#options;
    this.#connection = new FrameConnection(
      connect({ host: address.host, port: address.port, noDelay: true }),
      {
        protocol: peerProtocol,
        frameBytesMax: limits.frameBytesMax,
        queueBytesMax: limits.queueBytesMax,
        helloTimeoutMs: limits.helloTimeoutMs,
        pingIntervalMs: limits.pingIntervalMs,
        silenceTimeoutMs: limits.silenceTimeoutMs,
      },
      this,
    );
  }

  #welcomed(bytes: Buffer, start: number, end: number): void {
    const { peer, hello, folders } = this.#options;
    const welcome = readPeerWelcome(bytes, start, end);
    if (welcome.nodeId !== peer) {
      throw new WireError('PROTOCOL_MISMATCH', `node ${welcome.nodeId} answers where node ${peer} was dialled`);
    }
    const { oldest, newest } = hello.versions;
    if (welcome.version < oldest || welcome.version > newest) {
      const offered = `this node speaks ${describeVersions(hello.versions)}`;
      throw new WireError('PROTOCOL_MISMATCH', `${offered}, but node ${peer} chose version ${welcome.version}`);
    }
    const remembered = folders.faultOf(peer, welcome.folder) ? undefined : folders.remember(peer, welcome.folder);
    if (remembered === undefined) {
      this.#accept(welcome);
      return;
    }
    const connection = this.#connection;
    this.#isMeeting = true;
    remembered.then(
      () => {
        if (connection?.isOpen === true && connection === this.#connection) this.#accept(welcome);
      },
      () => connection?.destroy(),
    );
  }

  #accept(welcome: PeerWelcome): void {
    const { peer, folders } = this.#options;
    this.#isMeeting = false;
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#fault = folders.faultOf(peer, welcome.folder);
    if (this.#fault !== undefined) {
      writePeerRefusal(connection, this.#fault);
      connection.close();
      return;
    }
    connection.admit();
    this.#welcome = welcome;
    this.#backOff.reset();
    this.#outageCode = undefined;
    this.#log('info', 'PEER_UP', `connected to node ${peer}, in version ${welcome.version}`);
    this.#options.onUp(welcome.instance);
  }

  #refused(bytes: Buffer, start: number, end: number): void {
    const { code, message } = readPeerRefusal(bytes, start, end);
    this.#refusal = `${code}: ${message}`;
    this.#connection?.destroy();
  }

  #logOutage(code: TransportLogCode, message: string): void {
    if (this.#outageCode === code) return;
    this.#outageCode = code;
    this.#log('warn', code, `${message}; will keep trying`);
  }

  #log(level: 'info' | 'warn' | 'error', code: TransportLogCode, message: string): void {
    const { peer, address } = this.#options;
    this.#options.log(level, code, message, { peer, address: `${address.host}:${address.port}` });
  }
}
