import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

const loopback = '127.0.0.1';
// Below the range from which systems draw the ports of outgoing connections: while a node is down, a peer that dials
// it could otherwise be given the very port that it dials, reach itself, and keep the node from coming back.
const portMin = 10_240;
const portMax = 32_767;
const attemptsPerPort = 100;

/**
 * Distinct loopback ports that were free a moment ago: all are held until the last is found, then let go. Another
 * process may still take one before it is used, so whoever uses them must be ready to ask again.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    for (let attempt = 0; held.size < count; attempt++) {
      if (attempt === count * attemptsPerPort) {
        throw new Error(`no ${count} free ports were found between ${portMin} and ${portMax}`);
      }
      const port = randomInt(portMin, portMax + 1);
      const server = held.has(port) ? undefined : await hold(port);
      if (server !== undefined) {
        held.set(port, server);
      }
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map(close));
  }
}

/** `undefined` if the port is taken. */
function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: loopback, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
