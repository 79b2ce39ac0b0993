import type { FuzzTarget } from '@balsa/wire/fuzz';
import { diskTargets } from './disk.ts';
import { folderTargets } from './folders.ts';
import { peerConnection } from './peer-connection.ts';
import { peerTargets } from './peers.ts';
import { sessionTargets } from './sessions.ts';
import { snapshotTargets } from './snapshots.ts';

export const replicaTargets: readonly FuzzTarget[] = [
  ...peerTargets,
  peerConnection,
  ...diskTargets,
  ...folderTargets,
  ...sessionTargets,
  ...snapshotTargets,
];
