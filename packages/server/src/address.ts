export interface Address {
  /** A host name or IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const hostAndPort = /^(?:\[([0-9a-fA-F:.%]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;

/** Reads `host:port` or `[IPv6]:port`; `undefined` if it is neither or the port is not from 1 to 65535. */
export function parseAddress(text: string): Address | undefined {
  const match = hostAndPort.exec(text);
  if (match === null) {
    return undefined;
  }
  const port = Number(match[3]);
  const host = match[1] ?? match[2] ?? '';
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** For addresses that the configuration has already checked. */
export function mustParseAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new TypeError(`not an address: ${text}`);
  }
  return address;
}

export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
