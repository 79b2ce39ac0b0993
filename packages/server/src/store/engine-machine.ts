// The engine as a state machine whose log is kept as a whole: it gives no snapshots yet, and takes none.

import type { StorageEngine } from '@balsa/engine/storage';
import type { StateMachine } from '@balsa/replica';

export function engineMachine(engine: StorageEngine): StateMachine {
  return {
    apply: (index, command) => engine.apply(index, command),
    snapshot: noSnapshots,
    restore: async () => noSnapshots(),
    checksum: noSnapshots,
  };
}

function noSnapshots(): never {
  throw new Error('the storage engine gives no snapshots to the host yet');
}
