// HTTP basic authentication (RFC 7617) for everything that reads or writes data. What tells how the node is stays open: health checks and
// scrapers have no passwords.

import { StatusCode } from '@balsa/wire';
import type { FastifyInstance } from 'fastify';
import type { Users } from '../auth/users.ts';
import { Refusal } from '../service/refusal.ts';

const guardedPrefixes: readonly string[] = ['/rest/', '/grafana/', '/api/'];
const realm = 'Basic realm="balsa", charset="UTF-8"';

export function guard(app: FastifyInstance, users: Users): void {
  if (!users.areChecked) return;
  app.addHook('onRequest', async (request, reply) => {
    if (!guardedPrefixes.some((prefix) => request.url.startsWith(prefix))) return;
    const { authorization } = request.headers;
    try {
      const { name, password } = credentialsOf(authorization);
      await users.check(name, password);
    } catch (error) {
      const isMalformed = error instanceof Refusal && error.status === StatusCode.ILLEGAL_PARAMETER;
      const isUnknown = error instanceof Refusal && error.status !== StatusCode.WRITE_PROCESS_REJECT && !isMalformed;
      if (!isUnknown && !isMalformed) throw error;
      if (isUnknown) reply.header('www-authenticate', realm);
      reply.code(isMalformed ? 400 : 401).send({ code: error.status, message: error.message });
    }
  });
}

/** @throws Refusal INIT_AUTH_ERROR: there are none; ILLEGAL_PARAMETER: they are not what RFC 7617 says. */
function credentialsOf(header: string | undefined): { readonly name: string; readonly password: string } {
  if (header === undefined) {
    throw new Refusal(
      StatusCode.INIT_AUTH_ERROR,
      'name and password are needed: send them as HTTP basic authentication',
    );
  }
  const match = /^basic +([\w+/=-]+) *$/i.exec(header);
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) {
    throw new Refusal(
      StatusCode.ILLEGAL_PARAMETER,
      'the authorization header is not "Basic" and base64 of name:password',
    );
  }
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
