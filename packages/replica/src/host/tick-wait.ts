// What takes several steps of a group looks again at every tick whether the next one can be taken.

import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';

export interface TickWaitPorts {
  /** Resolves at the group's next tick, or when it stops or fails. */
  readonly nextTick: () => Promise<void>;
  /** Why the group does nothing any more; `undefined` while it runs. */
  readonly refusal: () => ReplicaErrorCode | undefined;
}

/** @throws the signal's reason; ReplicaError STOPPED, GROUP_FAILED. */
export async function untilNextTick(ports: TickWaitPorts, signal: AbortSignal | undefined): Promise<void> {
  await ports.nextTick();
  checkGoesOn(ports, signal);
}

/** @throws as `untilNextTick`. */
export function checkGoesOn({ refusal }: TickWaitPorts, signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  const ended = refusal();
  if (ended !== undefined) throw new ReplicaError(ended, 'this group does not run here any more');
}
