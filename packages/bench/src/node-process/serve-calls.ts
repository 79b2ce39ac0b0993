// The child's side of a node process: it does what its parent tells it, and ends with it.

import type { CallHandlers, CallMessage, NodeCalls, ReplyMessage } from './calls.ts';

/** What the parent has said that this process is to be. */
export function specOfProcess<Spec>(): Spec {
  return JSON.parse(process.argv[2] ?? '') as Spec;
}

/** Serves until `stop` was called, or the parent is gone. The parent hears that it may begin. */
export function serveCalls<Calls extends NodeCalls>(handlers: CallHandlers<Calls>): void {
  process.once('disconnect', () => process.exit(1));
  process.on('message', (call: CallMessage) => {
    answer(handlers, call).then(
      (result) => {
        reply({ answer: result });
        if (call.name !== 'stop') return;
        process.removeAllListeners('disconnect');
        process.disconnect();
      },
      (error: unknown) => reply({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  reply({ answer: null });
}

async function answer<Calls>(handlers: CallHandlers<Calls>, { name, argument }: CallMessage): Promise<unknown> {
  const handler = handlers[name as keyof typeof handlers] as (argument: unknown) => unknown;
  return await handler(argument);
}

function reply(message: ReplyMessage): void {
  process.send?.(message);
}
