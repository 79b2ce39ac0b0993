import type { FastifyReply } from 'fastify';
import { clientGone } from '../service/ending-in-time.ts';

/** Fires when the one who asked has gone before the answer was sent. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(clientGone());
  });
  return gone.signal;
}
