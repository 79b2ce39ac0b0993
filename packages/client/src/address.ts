import { ClientError } from './errors.ts';

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port` or `[ipv6]:port`. @throws ClientError INVALID_ARGUMENT. */
export function parseAddress(text: string): NodeAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ClientError('INVALID_ARGUMENT', `"${text}" is no address of a node: write host:port or [ipv6]:port`);
  }
  return { host, port };
}
