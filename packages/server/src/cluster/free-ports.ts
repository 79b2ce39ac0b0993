import { type AddressInfo, createServer, type Server } from 'node:net';

const loopback = '127.0.0.1';

/**
 * Distinct loopback ports that were free a moment ago: all are held until the last is found, then let go. Another
 * process may still take one before it is used, so whoever uses them must be ready to ask again.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const holders: Server[] = [];
  try {
    for (let i = 0; i < count; i++) {
      holders.push(await listenAnywhere());
    }
    return holders.map(portOf);
  } finally {
    await Promise.all(holders.map(close));
  }
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: loopback, port: 0 }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') {
    throw new TypeError('a TCP server that listens has a port');
  }
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
