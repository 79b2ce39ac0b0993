import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Servers that answer as a test says. */
export class HttpServers {
  #servers: Server[] = [];

  /** Returns its address. */
  async serve(onRequest: RequestListener): Promise<string> {
    const server = createServer(onRequest);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** An address at which nobody listens. */
  async nowhere(): Promise<string> {
    const address = await this.serve(() => undefined);
    await close(this.#servers.pop()!);
    return address;
  }

  async closeAll(): Promise<void> {
    for (const server of this.#servers.splice(0)) await close(server);
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
