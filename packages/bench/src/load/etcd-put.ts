// The one etcd call that the benchmark makes, KV.Put, as hand-written protocol buffers: a PutRequest has the key in
// field 1 and the value in field 2, both length-delimited (etcd API 3.4, rpc.proto). Leaving a schema compiler out
// keeps etcd's client as light as Node allows.

import * as grpc from '@grpc/grpc-js';

export const putPath = '/etcdserverpb.KV/Put';

const keyTag = (1 << 3) | 2;
const valueTag = (2 << 3) | 2;

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export function encodePut({ key, value }: PutRequest): Buffer {
  const bytes = Buffer.allocUnsafe(2 + varintBytes(key.length) + varintBytes(value.length) + key.length + value.length);
  const afterKey = writeField(bytes, 0, keyTag, key);
  writeField(bytes, afterKey, valueTag, value);
  return bytes;
}

/** A client with a connection of its own: gRPC would otherwise share one among all clients of the same address. */
export function connectEtcd(address: string): grpc.Client {
  return new grpc.Client(address, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
}

/** The answer's body (a header and the revision) is of no interest to the benchmark; only the gRPC status is told. */
export function put(
  client: grpc.Client,
  request: PutRequest,
  timeoutMs: number,
  onStatus: (status: grpc.status) => void,
): void {
  client.makeUnaryRequest(putPath, encodePut, ignoreAnswer, request, { deadline: Date.now() + timeoutMs }, (error) =>
    onStatus(error === null ? grpc.status.OK : error.code),
  );
}

function ignoreAnswer(): undefined {
  return undefined;
}

function writeField(target: Buffer, offset: number, tag: number, content: Uint8Array): number {
  target[offset] = tag;
  const start = writeVarint(target, offset + 1, content.length);
  target.set(content, start);
  return start + content.length;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes++;
  return bytes;
}

function writeVarint(target: Buffer, offset: number, value: number): number {
  let rest = value;
  let at = offset;
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}
