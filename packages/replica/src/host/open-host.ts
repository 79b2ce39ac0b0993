// A host as a process needs it, in one call: on its data folder, with everything that lies there.

import type { GroupId } from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { type NodeStorage, type NodeStorageOptions, openNodeStorage } from '../log/node-storage.ts';
import type { WriteAheadLog } from '../log/write-ahead-log.ts';
import type { Transport } from '../ports.ts';
import { Host, type HostOptions } from './host.ts';
import { realClock } from './real-clock.ts';

export interface OpenHostOptions
  extends Omit<HostOptions, 'openLog' | 'hardStates' | 'transport'>,
    Omit<NodeStorageOptions, 'path' | 'clock' | 'nodeId'> {
  readonly disk: Disk;
  /** Path of the node's folder. Created if it is missing. */
  readonly dataFolder: string;
  readonly groups: readonly GroupId[];
  /** Called once the folder is open, for the transport shows it to the other nodes, and remembers theirs. */
  readonly createTransport: (storage: Pick<NodeStorage, 'folder' | 'peers'>) => Transport;
}

export interface OpenedHost {
  readonly host: Host;
  readonly log: WriteAheadLog;
  /** Stops the host (see `Host.stop`), then lets other processes have the folder. */
  close(): Promise<void>;
}

/**
 * Opens the folder, recovers the log and opens the host; `startGroup` and `connect` are the caller's. If anything fails,
 * whatever was opened is closed again.
 * @throws ReplicaError of `openNodeStorage` and `WriteAheadLog.open`.
 */
export async function openHost(options: OpenHostOptions): Promise<OpenedHost> {
  const { dataFolder: path, clock = realClock } = options;
  const storage = await openNodeStorage({ ...options, path, clock });
  try {
    let log: WriteAheadLog | undefined;
    const host = await Host.open({
      ...options,
      hardStates: storage.hardStates,
      transport: options.createTransport(storage),
      openLog: async (events) => {
        log = await storage.openLog(events);
        return log;
      },
    });
    return { host, log: log!, close: () => close(host, storage.release) };
  } catch (error) {
    await storage.hardStates.close();
    await storage.release();
    throw error;
  }
}

async function close(host: Host, release: () => Promise<void>): Promise<void> {
  try {
    await host.stop();
  } finally {
    await release();
  }
}
