// What a relay does: it passes on to others, as they are, the batches that came, and those that it holds already. It neither
// waits for its own disk nor asks whether it can use them itself: who lies below it must not go without because its log has a gap.

import { type Batch, lastIndexOf, liesWithin } from '../batch.ts';
import type { Core } from '../core.ts';
import { type Append, MessageType, type Route } from '../messages.ts';
import type { Index } from '../types.ts';

/** `provenIndex`: up to here the relay's own log is the leader's. */
export function forward(core: Core, message: Append, provenIndex: Index): void {
  for (const route of message.routes) {
    // Neither to itself nor to where it comes from: a plan does not ask for it, and a message without sense must not go round in circles.
    if (route.node === core.id || route.node === message.leader) continue;
    const runs = runsOf(core, message, route, provenIndex);
    runs.forEach((batches, i) => {
      // With the last of them go the orders for those below: then what they are to be sent has gone before.
      const routes = i === runs.length - 1 ? route.routes : [];
      const { firstIndex, prevTerm } = batches[0]!;
      passOn(core, message, route, { prevIndex: firstIndex - 1, prevTerm, batches, routes });
    });
    if (runs.length === 0 && route.routes.length > 0) {
      const { prevIndex, prevTerm } = message;
      passOn(core, message, route, { prevIndex, prevTerm, batches: [], routes: route.routes });
    }
  }
}

type Passed = Pick<Append, 'prevIndex' | 'prevTerm' | 'batches' | 'routes'>;

function passOn(core: Core, message: Append, { node, session }: Route, passed: Passed): void {
  const { term, leader, commitIndex } = message;
  core.send({
    type: MessageType.append,
    from: core.id,
    to: node,
    term,
    leader,
    session,
    commitIndex,
    mayOvertake: true,
    ...passed,
  });
}

/** What the route asks for and is here, in runs without a gap, none larger than a message may be. */
function runsOf(core: Core, message: Append, route: Route, provenIndex: Index): Batch[][] {
  const runs: Batch[][] = [];
  let run: Batch[] = [];
  let bytes = 0;
  for (const batch of batchesFor(core, message, route, provenIndex)) {
    const follows = run.length > 0 && lastIndexOf(run.at(-1)!) + 1 === batch.firstIndex;
    if (!follows || bytes + batch.bytes.length > core.config.appendBytesMax) {
      run = [];
      runs.push(run);
      bytes = 0;
    }
    run.push(batch);
    bytes += batch.bytes.length;
  }
  return runs;
}

function* batchesFor(core: Core, message: Append, route: Route, provenIndex: Index): Generator<Batch> {
  const heldUpTo = Math.min(provenIndex, message.prevIndex, route.lastIndex);
  if (route.prevIndex < heldUpTo) {
    for (const batch of core.log.cachedFrom(route.prevIndex + 1, core.config.appendBytesMax) ?? []) {
      if (liesWithin(batch, route.prevIndex, heldUpTo)) yield batch;
    }
  }
  for (const batch of message.batches) {
    if (liesWithin(batch, route.prevIndex, route.lastIndex)) yield batch;
  }
}
