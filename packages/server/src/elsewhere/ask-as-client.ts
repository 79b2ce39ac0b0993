// A read of the client protocol as it came, to another member, by a connection for this one read: it is rare that one is needed.

import { connect } from 'node:net';
import {
  ClientFrame,
  clientProtocol,
  FrameConnection,
  isStatusCode,
  ReadConsistency,
  type ReadRequest,
  readFailed,
  StatusCode,
  writeHello,
  writeRead,
} from '@balsa/wire';
import { mustParseAddress } from '../address.ts';
import { Refusal } from '../service/refusal.ts';
import { connectTimeoutMs } from './ask-over-http.ts';
import { isForTheNext } from './other-members.ts';

const requestId = 1;
const requestIdBytes = 4;

export interface AskingOptions {
  readonly timeoutMs: number;
  /** Of the largest answer. */
  readonly frameBytesMax: number;
  readonly signal: AbortSignal;
}

/**
 * The encoded result; `undefined`: it cannot answer, or cannot be reached.
 * @throws Refusal that the member answers. The signal's reason.
 */
export async function askAsClient(
  address: string,
  { group, kind, query }: Pick<ReadRequest, 'group' | 'kind' | 'query'>,
  { timeoutMs, frameBytesMax, signal }: AskingOptions,
): Promise<Buffer | undefined> {
  const { host, port } = mustParseAddress(address);
  signal.throwIfAborted();
  const socket = connect({ host, port, noDelay: true });
  const limits = { frameBytesMax, queueBytesMax: frameBytesMax, helloTimeoutMs: Math.min(timeoutMs, connectTimeoutMs) };
  let giveUp = (): void => undefined;
  try {
    return await new Promise((resolve, reject) => {
      const connection: FrameConnection = new FrameConnection(
        socket,
        { protocol: clientProtocol, ...limits },
        {
          onConnect: () => writeHello(connection, { frameBytesMax, name: 'another node' }),
          onFrame: (type, bytes, start, end) => {
            if (type === ClientFrame.welcome) {
              connection.admit();
              const consistency = ReadConsistency.linearizableHere;
              writeRead(connection, requestId, timeoutMs, group, kind, consistency, query);
            } else if (type === ClientFrame.readDone) {
              resolve(Buffer.from(bytes.subarray(start + requestIdBytes, end)));
            } else if (type === ClientFrame.failed) {
              const { status, message } = readFailed(bytes, start, end);
              if (isForTheNext(status)) resolve(undefined);
              else reject(refusalOf(status, message));
            }
          },
          onClose: () => resolve(undefined),
        },
      );
      giveUp = () => reject(signal.reason);
      signal.addEventListener('abort', giveUp);
    });
  } finally {
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

function refusalOf(status: number, message: string): Refusal {
  return new Refusal(isStatusCode(status) ? status : StatusCode.EXECUTE_STATEMENT_ERROR, message);
}
