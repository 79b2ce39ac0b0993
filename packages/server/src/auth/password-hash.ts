// Passwords are kept as scrypt hashes (RFC 7914), each with its own salt and with what it cost, so that later ones can cost more:
//
//   scrypt$<log2 N>$<r>$<p>$<salt>$<hash>     salt and hash in base64url

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

interface Cost {
  /** Binary logarithm of N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

interface PasswordHash extends Cost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** 32 MiB and some tens of milliseconds. */
const presentCost: Cost = { logN: 15, r: 8, p: 1 };
/** What a hash in a configuration may ask for: 256 MiB. */
const memoryBytesMax: number = 256 << 20;
const saltBytes = 16;
const hashBytes = 32;
const form = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** A new hash of a password, in the form above. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const { logN, r, p } = presentCost;
  const hash = await deriveHash(password, salt, presentCost);
  return `scrypt$${logN}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/** Whether a text is a hash that this version can check. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== undefined;
}

/** Takes as long for a wrong password as for the right one. */
export async function passwordMatches(password: string, text: string): Promise<boolean> {
  const expected = parse(text);
  if (expected === undefined) return false;
  return timingSafeEqual(await deriveHash(password, expected.salt, expected), expected.hash);
}

function parse(text: string): PasswordHash | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [logN, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (logN < 1 || r < 1 || p < 1 || memoryBytes({ logN, r, p }) > memoryBytesMax) return undefined;
  return { logN, r, p, salt: Buffer.from(match[4]!, 'base64url'), hash: Buffer.from(match[5]!, 'base64url') };
}

function deriveHash(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const { logN, r, p } = cost;
  return derive(password.normalize('NFC'), salt, hashBytes, { N: 2 ** logN, r, p, maxmem: 2 * memoryBytes(cost) });
}

function memoryBytes({ logN, r, p }: Cost): number {
  return 128 * r * (2 ** logN + p);
}
