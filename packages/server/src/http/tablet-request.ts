// An insertTablet over HTTP: scanned from its bytes if it is as usual, and read by way of JSON.parse if not.

import type { FastifyInstance } from 'fastify';
import { snakeCased } from './rest/rest-bodies.ts';
import { isAlignedIn, tabletFromJson } from './tablet-json.ts';
import { scanTablet, TabletRequest } from './tablet-scan.ts';

/** Lets bodies of this scope come as a `TabletRequest`, or as what their JSON says. */
export function parseTablets(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const scanned = scanTablet(body);
    if (scanned === undefined) return parseJson(request, body.toString('utf8'), done);
    return done(null, scanned);
  });
}

/** @throws Refusal ILLEGAL_PARAMETER that names the field. */
export function tabletRequest(body: unknown): TabletRequest {
  if (body instanceof TabletRequest) return body;
  const fields = snakeCased(body);
  return new TabletRequest(tabletFromJson(fields), isAlignedIn(fields));
}
