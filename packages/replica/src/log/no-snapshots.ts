// Stands in for the snapshot files of a node: it has none, and can make none.

import type { SnapshotStore } from '../ports.ts';

function refuse(): Promise<never> {
  return Promise.reject(new Error('snapshots are not kept here'));
}

export const noSnapshots: SnapshotStore = {
  latest: () => undefined,
  create: refuse,
  open: async () => undefined,
  receive: refuse,
  remove: async () => {},
  close: async () => {},
};
