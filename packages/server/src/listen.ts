import type { Server } from 'node:net';
import { type Address, formatAddress } from './address.ts';
import { ServerError } from './errors.ts';

/**
 * Binds a server.
 * @param whom for the message: `clients`
 * @param setting that chose the address: `listen.client`
 * @throws ServerError ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export function listen(server: Server, address: Address, whom: string, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      server.close();
      reject(listenError(error, address, whom, setting));
    };
    server.once('error', onError);
    server.listen({ host: address.host, port: address.port }, () => {
      server.removeListener('error', onError);
      resolve();
    });
  });
}

export function listenError(error: unknown, address: Address, whom: string, setting: string): ServerError {
  const where = formatAddress(address);
  const reason = error instanceof Error ? error.message : String(error);
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return taken
    ? new ServerError(
        'ADDRESS_IN_USE',
        `${where}, meant for ${whom}, is taken by another process: end it, or choose another port (${setting})`,
        { cause: error },
      )
    : new ServerError(
        'ADDRESS_UNUSABLE',
        `cannot listen on ${where} for ${whom} (${reason}): correct ${setting}, or listen on an address of this machine`,
        { cause: error },
      );
}
