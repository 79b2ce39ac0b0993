// Whole conversations with a node: as a client, and over HTTP.

import {
  clientProtocol,
  DataType,
  encodeAggregateQuery,
  encodeInsertTablet,
  encodePreamble,
  encodeRangeQuery,
  FrameQueue,
  type FrameSink,
  ReadConsistency,
  ReadKind,
  writeHello,
  writeOpenSession,
  writeRead,
  writeStatus,
  writeWrite,
} from '@balsa/wire';
import { FuzzFinding, type FuzzTarget, type Refusal, throughFakeSocket } from '@balsa/wire/fuzz';
import { ClientConnection } from '../client-face/client-connection.ts';
import { GroupIds } from '../group-ids.ts';
import { TestFaces } from './test-faces.ts';

const { data: group } = GroupIds;
const timeoutMs = 2000;
const subject = { device: 'root.a', measurements: ['s'], startMs: 0, endMs: 10 };
const tablet = {
  device: 'root.a',
  measurements: ['s'],
  dataTypes: [DataType.DOUBLE],
  timestamps: Float64Array.of(1, 2),
  columns: [{ values: Float64Array.of(1, 2) }],
};
/** The node's own doings beside the request: log segments and their buffers. */
const memoryBytesMax = 128 * 1024 * 1024;

/** A target that is probed through one node, which the first probe starts. */
function faceTarget(
  target: Omit<FuzzTarget, 'probe' | 'close'>,
  converse: (input: Buffer, faces: TestFaces) => Promise<Refusal>,
): FuzzTarget {
  let starting: Promise<TestFaces> | undefined;
  return {
    ...target,
    memoryBytesMax,
    async probe(input) {
      starting ??= TestFaces.start();
      const faces = await starting;
      const refusal = await converse(input, faces);
      const health = faces.faces.clients.service.health();
      if (health !== 'ready') throw new FuzzFinding(`the node is ${health}`);
      return faces.takeWarning() ?? refusal;
    },
    async close() {
      const faces = await starting;
      starting = undefined;
      await faces?.close();
    },
  };
}

const client = faceTarget(
  {
    name: 'server/client-connection',
    corpus: [
      conversation(() => undefined),
      conversation((sink) => writeOpenSession(sink, 1, timeoutMs, group)),
      conversation((sink) => {
        writeWrite(sink, 1, timeoutMs, group, 0, 1, 1, encodeInsertTablet(tablet));
        writeRead(
          sink,
          2,
          timeoutMs,
          group,
          ReadKind.range,
          ReadConsistency.local,
          encodeRangeQuery({ ...subject, limit: 5 }),
        );
        writeStatus(sink, 3, timeoutMs);
        writeWrite(sink, 6, timeoutMs, group, 0, 2, 1, encodeInsertTablet(tablet), 'weak');
      }),
      conversation((sink) => {
        const query = encodeAggregateQuery({ ...subject, functions: ['avg', 'count'], windowMs: 5 });
        writeRead(sink, 4, timeoutMs, group, ReadKind.aggregate, ReadConsistency.linearizable, query);
        writeRead(sink, 5, timeoutMs, group, ReadKind.statistics, ReadConsistency.local, Buffer.alloc(0));
      }),
    ],
  },
  async (input, node) => {
    let closings = 0;
    await throughFakeSocket(
      (socket) =>
        new ClientConnection(socket, node.faces.clients, () => {
          closings++;
        }),
      [input],
      () => node.settled(),
    );
    if (closings !== 1) throw new FuzzFinding(`the close of the connection was told ${closings} times`);
    return undefined;
  },
);

/** Input: method and path in the first line, the body behind it. */
const http = faceTarget(
  {
    name: 'server/http-face',
    corpus: [
      'GET /status\n',
      'GET /report?group=1\n',
      'POST /rest/v2/insertTablet\n{"device":"root.b","timestamps":[1,2],"measurements":["s"],"data_types":["DOUBLE"],"values":[[1,null]]}',
      'POST /api/v1/range\n{"device":"root.b","measurements":["s"],"startMs":0,"endMs":10,"limit":5}',
      'POST /api/v1/aggregate\n{"device":"root.b","measurements":["s"],"functions":["avg"],"startMs":0,"endMs":10,"windowMs":5}',
      'GET /api/v1/range?device=root.b&measurements=s&startMs=0&endMs=10&consistency=local\n',
    ].map((text) => Buffer.from(text)),
    words: ['null', '[]', '{}', '"NaN"', '1e999', '__proto__', '%', '%00', 'root.**', '`', '&startMs=1'],
  },
  async (input, node) => {
    const head = input.toString('latin1').split('\n', 1)[0] ?? '';
    const [, method, url] = /^(GET|POST) (\/[!-~]*)$/.exec(head) ?? [];
    if (url === undefined) return 'no request';
    const { statusCode, body } = await node.faces.http.inject({
      method: method === 'GET' ? 'GET' : 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload: input.subarray(head.length + 1),
    });
    await node.settled();
    JSON.parse(body);
    if (statusCode === 500) throw new FuzzFinding(`the answer is a fault: ${body}`);
    return statusCode === 200 ? undefined : `${statusCode}: ${body}`;
  },
);

export const faceTargets: readonly FuzzTarget[] = [client, http];

/** What a client sends: preamble, hello, and then its requests. */
function conversation(requests: (sink: FrameSink) => void): Buffer {
  const queue = new FrameQueue();
  writeHello(queue, { frameBytesMax: 65536, name: 'a client' });
  requests(queue);
  const outgoing = queue.take();
  const bytes = Buffer.concat([encodePreamble(clientProtocol), ...outgoing.pieces]);
  outgoing.release();
  return bytes;
}
