// Keeps out a node whose data folder is not the one that it is known by. A node that lost its disk and starts as if it
// were new has forgotten its votes and what it acknowledged: with it, two leaders could be elected in one term, and what
// was committed could be lost. One that says so is let in, for it takes part as a member that must be restored first
// (restoring.md of the raft package).

import type { NodeId } from '@balsa/raft';
import { reasonOf } from '../errors.ts';
import type { FolderIdentity, PeerMemory } from '../ports.ts';
import type { HelloFault } from './peer-hello.ts';
import type { TransportLog } from './transport-log.ts';

export class FolderGuard {
  readonly #memory: PeerMemory;
  readonly #log: TransportLog;
  /** The folders of which this process knows that they are durably remembered. */
  readonly #durable = new Map<NodeId, number>();

  constructor(memory: PeerMemory, log: TransportLog) {
    this.#memory = memory;
    this.#log = log;
  }

  /** Why nothing may be taken from the peer, nor told it. `folder` is absent if its release does not tell. */
  faultOf(peer: NodeId, folder: FolderIdentity | undefined): HelloFault | undefined {
    const known = this.#memory.known(peer);
    if (known === undefined || folder === undefined || known.current === folder.id) return undefined;
    if (known.earlier.includes(folder.id)) {
      return changed(
        `node ${peer} is back with a data folder that it had replaced, and what lies there is out of date`,
      );
    }
    if (folder.replacesLostDisk) return undefined;
    return changed(`node ${peer} has another data folder than before, and may have forgotten votes and entries`);
  }

  /**
   * Remembers a folder without fault. Nothing may be taken from the peer, nor told it, until the promise resolves, and
   * then its folder must be without fault still; `undefined`: at once. Why it rejects is logged.
   */
  remember(peer: NodeId, folder: FolderIdentity | undefined): Promise<void> | undefined {
    if (folder === undefined || this.#durable.get(peer) === folder.id) return undefined;
    return this.#memory.remember(peer, folder.id).then(
      () => {
        this.#durable.set(peer, folder.id);
      },
      (error: unknown) => {
        const reason = reasonOf(error);
        this.#log('error', 'DATA_FOLDER_UNUSABLE', `cannot remember the data folder of node ${peer}: ${reason}`, {
          peer,
        });
        throw error;
      },
    );
  }
}

function changed(what: string): HelloFault {
  const advice =
    'start it with the folder that it had last; if that is lost, move away what is there now and start it with replacesLostDisk set';
  return { code: 'PEER_FOLDER_CHANGED', message: `${what}: ${advice}` };
}
