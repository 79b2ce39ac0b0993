// A cluster for the client's tests: listeners that speak the protocol over one shared state machine, with the rules
// that matter to a client kept for real: sessions, a sequence applied once, answers kept until acknowledged, one leader.
// What goes wrong is the test's choice.

import { createServer, type Server, type Socket } from 'node:net';
import {
  type Acknowledgement,
  ByteReader,
  ClientFrame,
  clientProtocol,
  encodeStoreStatistics,
  FrameConnection,
  type FrameConnectionHandler,
  type NodeStatus,
  readHello,
  readOpenSession,
  readRead,
  readStatus,
  readWrite,
  StatusCode,
  successResult,
  type WriteRequest,
  writeAccepted,
  writeFailed,
  writeLeaderNotice,
  writeReadDone,
  writeSessionOpened,
  writeStatusDone,
  writeWelcome,
  writeWritten,
} from '@balsa/wire';

/** What becomes of a write that a node receives. */
export type Fault =
  /** The connection breaks before it is applied. */
  | 'lose'
  /** It is applied, and the connection breaks before the answer. */
  | 'applyThenLose'
  | 'busy'
  /** It is applied, and the answer says that the leader changed. */
  | 'applyThenLeaderChange'
  | 'timeOut'
  /** It is acknowledged as early as it asked to be, if it did; the rest as above. */
  | 'acceptThenLose'
  | 'acceptThenLeaderChange'
  | 'acceptThenApply'
  | 'acceptThenHang'
  | 'none';

interface Session {
  acknowledgedBelow: number;
  readonly results: Map<number, number>;
}

export class TestCluster {
  readonly nodes: TestNode[] = [];
  /** Commands in the order in which they were applied. */
  readonly applied: string[] = [];
  /** What a correct client never does. */
  readonly violations: string[] = [];
  /** Decides what becomes of each write; `attempt` counts all writes received. */
  faultOf: (attempt: number) => Fault = () => 'none';
  /** Answer of the state machine. */
  result: Uint8Array = successResult;
  /** Whether nodes that do not lead send clients away instead of forwarding. */
  redirects = false;
  /** Does their release tell of writes before they are applied? */
  tellsEarly = true;
  /** Why weak writes are not taken; `undefined`: they are. */
  weakRefusal: StatusCode | undefined;
  leader = 0;
  writesReceived = 0;
  /** What was told early, in order. */
  readonly acceptances: Acknowledgement[] = [];
  sessionsOpened = 0;
  readonly #sessions = new Map<number, Session>();
  #nextSession = 100;

  static async start(nodes: number): Promise<TestCluster> {
    const cluster = new TestCluster();
    for (let i = 0; i < nodes; i++) cluster.nodes.push(await TestNode.start(cluster, i));
    return cluster;
  }

  get addresses(): string[] {
    return this.nodes.map(({ address }) => address);
  }

  get leaderAddress(): string {
    return this.nodes[this.leader]?.address ?? '';
  }

  openSession(): number {
    this.sessionsOpened++;
    const id = this.#nextSession++;
    this.#sessions.set(id, { acknowledgedBelow: 1, results: new Map() });
    return id;
  }

  expireSessions(): void {
    this.#sessions.clear();
  }

  /** Applies a payload once; returns its index, or why not. */
  apply(payload: Buffer): { index: number } | { status: StatusCode } {
    const reader = new ByteReader(payload);
    const [sessionId, sequence, acknowledgedBelow] = [reader.u64(), reader.u64(), reader.u64()];
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return { status: StatusCode.SESSION_UNKNOWN };
    if (sequence < acknowledgedBelow)
      this.violations.push(`${sequence} says that all below ${acknowledgedBelow} are settled`);
    session.acknowledgedBelow = Math.max(session.acknowledgedBelow, acknowledgedBelow);
    for (const known of session.results.keys()) if (known < session.acknowledgedBelow) session.results.delete(known);
    if (sequence < session.acknowledgedBelow) return { status: StatusCode.SEQUENCE_STALE };
    let index = session.results.get(sequence);
    if (index === undefined) {
      this.applied.push(reader.rest().toString('latin1'));
      index = this.applied.length;
      session.results.set(sequence, index);
    }
    return { index };
  }

  moveLeader(to: number): void {
    this.leader = to;
    for (const node of this.nodes) node.announceLeader();
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

export class TestNode {
  readonly cluster: TestCluster;
  readonly number: number;
  /** Receives and does not answer, as a suspended process does. */
  isHung = false;
  readonly connections: Set<TestConnection> = new Set();
  #server: Server;
  #port = 0;

  private constructor(cluster: TestCluster, number: number) {
    this.cluster = cluster;
    this.number = number;
    this.#server = this.#createServer();
  }

  static async start(cluster: TestCluster, number: number): Promise<TestNode> {
    const node = new TestNode(cluster, number);
    await node.#listen();
    return node;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get isLeader(): boolean {
    return this.cluster.leader === this.number;
  }

  announceLeader(): void {
    for (const connection of this.connections) connection.announceLeader();
  }

  dropConnections(): void {
    for (const connection of this.connections) connection.drop();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  async restart(): Promise<void> {
    this.#server = this.#createServer();
    await this.#listen();
  }

  #createServer(): Server {
    return createServer((socket) => this.connections.add(new TestConnection(socket, this)));
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }
}

class TestConnection implements FrameConnectionHandler {
  readonly #node: TestNode;
  readonly #cluster: TestCluster;
  readonly #connection: FrameConnection;

  constructor(socket: Socket, node: TestNode) {
    this.#node = node;
    this.#cluster = node.cluster;
    const bytesMax = 1 << 24;
    const options = { protocol: clientProtocol, frameBytesMax: bytesMax, queueBytesMax: bytesMax };
    this.#connection = new FrameConnection(socket, { ...options, pauseReadsWhenFull: true }, this);
  }

  announceLeader(): void {
    writeLeaderNotice(this.#connection, { group: 1, leader: this.#cluster.leaderAddress });
  }

  drop(): void {
    this.#connection.destroy();
  }

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#node.isHung) return;
    switch (type) {
      case ClientFrame.hello:
        readHello(bytes, start, end);
        this.#connection.admit();
        writeWelcome(this.#connection, {
          nodeId: this.#node.number + 1,
          frameBytesMax: 1 << 24,
          version: '0',
          cluster: 't',
        });
        break;
      case ClientFrame.openSession:
        writeSessionOpened(this.#connection, readOpenSession(bytes, start, end).requestId, this.#cluster.openSession());
        break;
      case ClientFrame.writeEarly:
        if (!this.#cluster.tellsEarly) this.#cluster.violations.push('a frame that an older release does not know');
        this.#write(readWrite(bytes, start, end, type));
        break;
      case ClientFrame.write:
        this.#write(readWrite(bytes, start, end));
        break;
      case ClientFrame.read:
        this.#read(readRead(bytes, start, end).requestId);
        break;
      case ClientFrame.status:
        writeStatusDone(this.#connection, readStatus(bytes, start, end).requestId, this.#status());
        break;
      default:
        this.#cluster.violations.push(`a frame of type ${type}`);
    }
  }

  onClose(): void {
    this.#node.connections.delete(this);
  }

  #write({ requestId, payload, acknowledge }: WriteRequest): void {
    const fault = this.#cluster.faultOf(this.#cluster.writesReceived++);
    if (!this.#node.isLeader && this.#cluster.redirects) {
      this.#fail(requestId, StatusCode.REDIRECTION_RECOMMEND);
      return;
    }
    if (fault === 'busy') {
      this.#fail(requestId, StatusCode.WRITE_PROCESS_REJECT);
      return;
    }
    if (fault === 'timeOut') {
      this.#fail(requestId, StatusCode.WRITE_TIMEOUT);
      return;
    }
    if (fault === 'lose') {
      this.drop();
      return;
    }
    if (acknowledge === 'weak' && this.#cluster.weakRefusal !== undefined) {
      this.#fail(requestId, this.#cluster.weakRefusal);
      return;
    }
    if (fault.startsWith('accept') && acknowledge !== 'applied') {
      writeAccepted(this.#connection, { requestId, how: acknowledge });
      this.#cluster.acceptances.push(acknowledge);
    }
    if (fault === 'acceptThenHang') return;
    if (fault === 'acceptThenLose') {
      this.#connection.close();
      return;
    }
    if (fault === 'acceptThenLeaderChange') {
      this.#fail(requestId, StatusCode.REGION_LEADER_CHANGE);
      return;
    }
    const outcome = this.#cluster.apply(payload);
    if (fault === 'applyThenLose') this.drop();
    else if (fault === 'applyThenLeaderChange') this.#fail(requestId, StatusCode.REGION_LEADER_CHANGE);
    else if ('status' in outcome) this.#fail(requestId, outcome.status);
    else writeWritten(this.#connection, requestId, outcome.index, this.#cluster.result);
  }

  #read(requestId: number): void {
    const rowsApplied = this.#cluster.applied.length;
    const devices = this.#node.number;
    const statistics = { devices, series: 0, points: 0, rowsApplied, appliedIndex: rowsApplied, checksum: 0 };
    writeReadDone(this.#connection, requestId, encodeStoreStatistics(statistics));
  }

  #fail(requestId: number, status: StatusCode): void {
    const leader = this.#cluster.leaderAddress;
    writeFailed(this.#connection, {
      requestId,
      status,
      retryAfterMs: 5,
      leader,
      message: `as the test wants: ${status}`,
    });
  }

  #status(): NodeStatus {
    const { tellsEarly } = this.#cluster;
    return {
      nodeId: this.#node.number + 1,
      version: '0',
      uptimeMs: 1,
      ...(tellsEarly && { earlyAcknowledgements: true }),
      health: 'ready',
      members: [],
      groups: [],
    };
  }
}
