// Folders of stopped nodes on simulated disks, opened as the command does it.

import type { NodeId } from '@balsa/raft';
import { writeFile } from '../../disk/promises.ts';
import type { SimulatedDisk } from '../../disk/simulated-disk.ts';
import type { TestNode } from '../../host/testing/test-node.ts';
import { writeIdentity } from '../../log/identity-file.ts';
import { ManualClock } from '../../log/log-testing.ts';
import { encodePeers } from '../../log/peer-memory-file.ts';
import { StoppedNode, type StoppedNodeOptions } from '../stopped-node.ts';

export const dataFolder = '/node';

export function openStopped(disk: SimulatedDisk, options: Partial<StoppedNodeOptions> = {}): Promise<StoppedNode> {
  return StoppedNode.open({
    dataFolder,
    disk,
    clock: new ManualClock(),
    freeBytesMin: 0,
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    logSettings: { segmentBytes: 256 * 1024, firstSegmentBytes: 64 * 1024, blockBytesMax: 32 * 1024 },
    ...options,
  });
}

/** Makes the folder that of a whole node, which was in touch with `peers`. */
export async function signFolder(disk: SimulatedDisk, nodeId: NodeId, peers: readonly NodeId[]): Promise<void> {
  const identity = { cluster: 'test', nodeId, folder: 1000 + nodeId, replacesLostDisk: false };
  await writeIdentity(disk, `${dataFolder}/identity.json`, identity);
  const file = await disk.open(`${dataFolder}/peers.json`, { create: true });
  const known = peers.map((peer) => [peer, { current: 1000 + peer, earlier: [] }] as const);
  await writeFile(file, encodePeers(known), 0);
  await file.close();
}

/** Of a node of a test cluster, which must be down. */
export async function openStoppedNode(node: TestNode): Promise<StoppedNode> {
  await signFolder(node.disk, node.id, [1, 2, 3, 4, 5]);
  return openStopped(node.disk);
}
