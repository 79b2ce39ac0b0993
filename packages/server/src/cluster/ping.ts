import { get } from 'node:http';
import { mustParseAddress } from '../address.ts';

export type PingAnswer = 'ready' | 'notReady' | 'silent';

/** Asks a node's HTTP face how it is. Never rejects. */
export function ping(httpAddress: string, timeoutMs: number): Promise<PingAnswer> {
  const { host, port } = mustParseAddress(httpAddress);
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/ping', agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      response.once('close', () => resolve(response.statusCode === 200 ? 'ready' : 'notReady'));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve('silent'));
    request.once('close', () => resolve('silent')); // After an answer this changes nothing.
  });
}
