import { type Host, membersMinForRestoring } from '@balsa/replica';
import type { NodeConfig } from '../config/node-config.ts';
import { GroupIds } from '../group-ids.ts';
import type { Log } from '../log.ts';
import type { OpenedStore } from './open-store.ts';

/**
 * Before the data group is started: files of series that its snapshot needs may be gone or damaged. The log may hold what was in them; if
 * not, the other nodes restore it.
 * @throws ReplicaError SNAPSHOT_DAMAGED: there are no others.
 */
export async function checkStore(
  { members }: Pick<NodeConfig, 'members'>,
  host: Pick<Host, 'checkStateFiles'>,
  { engine }: Pick<OpenedStore, 'engine'>,
  log: Log,
): Promise<void> {
  const restoreFromPeers = members.length >= membersMinForRestoring;
  const lost = await host.checkStateFiles(GroupIds.data, engine.files, { restoreFromPeers });
  if (lost === undefined) return;
  const message = 'files of series are gone or damaged; what the log does not hold of them, the other nodes restore';
  log('warn', lost.code, message, { damage: lost.message });
}
