// A replicated key-value service. Any node takes reads and writes, over HTTP; as long as most of the nodes run, nothing that
// was answered is lost, and every read sees every write that was answered before it.
//
//   node dist/key-value-http.js <id> <folder> <port for nodes>:<port for HTTP> ...      a pair for each node, from 1 on
//
//   curl -X PUT --data 'a value' 127.0.0.1:8001/a-key
//   curl 127.0.0.1:8002/a-key                  from another node
//   curl '127.0.0.1:8002/a-key?lagMs=2000'     at once, if that node is at most two seconds behind
//   curl -X DELETE 127.0.0.1:8003/a-key

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { openHost, ReplicaError, type StateMachine } from '@balsa/replica';

const timeoutMs = 5000;
const bodyBytesMax = 1024 * 1024;

/** A command is `[key, value]`, or `[key]` to delete; the result is `1` if the key was there before, else `0`. */
class KeyValues implements StateMachine {
  readonly values = new Map<string, string>();

  apply(_index: number, command: Uint8Array): Uint8Array {
    const [key, value] = JSON.parse(Buffer.from(command).toString()) as [string, string?];
    const wasThere = this.values.has(key);
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    return Buffer.from(wasThere ? '1' : '0');
  }

  /** One line for each key. They are copied at once, and written while commands go on being applied. */
  snapshot(): Iterable<Uint8Array> {
    const entries = [...this.values];
    return (function* () {
      for (const entry of entries) yield Buffer.from(`${JSON.stringify(entry)}\n`);
    })();
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const lines = (await text(chunks)).split('\n').slice(0, -1);
    this.values.clear();
    for (const line of lines) this.values.set(...(JSON.parse(line) as [string, string]));
  }

  checksum(): number {
    return crc32(JSON.stringify([...this.values]));
  }
}

const [id = '', dataFolder = '', ...pairs] = process.argv.slice(2);
const nodeId = Number(id);
const ports = pairs.map((pair) => pair.split(':').map(Number));
const members = ports.map((_, i) => i + 1);
const peers = new Map(members.map((member) => [member, { host: '127.0.0.1', port: ports[member - 1]?.[0] ?? 0 }]));
const [peerPort = 0, httpPort = 0] = ports[nodeId - 1] ?? [];

const listen = { host: '127.0.0.1', port: peerPort };
const node = await openHost({ nodeId, cluster: 'key-value', dataFolder, listen, peers });
const store = new KeyValues();
const group = node.host.startGroup({ group: 1, members, stateMachine: store });
await node.host.connect();

async function answer(request: IncomingMessage): Promise<{ status: number; body?: string | undefined }> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://any');
  const key = decodeURIComponent(pathname.slice(1));
  if (request.method === 'GET') {
    const lagMs = searchParams.get('lagMs');
    const maxLag = { ms: Number(lagMs), entries: Number.POSITIVE_INFINITY };
    await group.readBarrier({ timeoutMs, ...(lagMs === null ? {} : { maxLag }) });
    const body = store.values.get(key);
    return { status: body === undefined ? 404 : 200, body };
  }
  if (request.method !== 'PUT' && request.method !== 'DELETE') return { status: 405 };
  const value = request.method === 'PUT' ? await readBody(request) : undefined;
  const command = Buffer.from(JSON.stringify(value === undefined ? [key] : [key, value]));
  const { result } = await group.propose(command, { timeoutMs });
  return { status: value === undefined && `${Buffer.from(result)}` === '0' ? 404 : 204 };
}

/** The limit is looked at before memory is taken; whoever does not say how much is to come sends too much. */
async function readBody(request: IncomingMessage): Promise<string> {
  if (!(Number(request.headers['content-length']) <= bodyBytesMax)) throw new ReplicaError('TOO_LARGE', 'too large');
  return text(request);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(request).catch((error: unknown) => {
    if (error instanceof ReplicaError) return { status: error.code === 'TOO_LARGE' ? 413 : 503, body: error.code };
    return { status: 400, body: String(error) };
  });
  response.writeHead(status).end(body);
}

const server = createServer((request, response) => void serve(request, response));
server.listen(httpPort, listen.host, () => console.log(`node ${nodeId} serves http://${listen.host}:${httpPort}`));

async function stop(): Promise<void> {
  server.close();
  server.closeIdleConnections();
  await node.close();
}
process.once('SIGTERM', () => void stop()).once('SIGINT', () => void stop());
// A disk that fails, or a fault in the state machine: better no node than one that only seems to be there.
const failure = await Promise.race([node.failed, new Promise<undefined>((resolve) => server.once('close', resolve))]);
if (failure !== undefined) {
  console.error(failure);
  process.exit(1);
}
