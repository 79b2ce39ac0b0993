// What lies in the folder of snapshots:
//
//   group-7.12.snapshot   of group 7, the 12th file that was begun here; the highest number is the latest
//   group-7.13.new        of this node's own, being written: worth nothing after a restart
//   group-7.partial       a copy of another node's, on its way: it can go on after a restart

import type { GroupId } from '@balsa/raft';

export interface SnapshotFileName {
  readonly name: string;
  readonly group: GroupId;
  /** 0 for a partial copy. */
  readonly number: number;
  readonly kind: 'snapshot' | 'new' | 'partial';
}

const groupMax = 0xffff_ffff;

export function snapshotName(group: GroupId, number: number): string {
  return `group-${group}.${number}.snapshot`;
}

export function newName(group: GroupId, number: number): string {
  return `group-${group}.${number}.new`;
}

export function partialName(group: GroupId): string {
  return `group-${group}.partial`;
}

/** `undefined`: not one of ours. */
export function parseFileName(name: string): SnapshotFileName | undefined {
  const match = /^group-(0|[1-9]\d{0,9})\.(?:([1-9]\d{0,14})\.(snapshot|new)|partial)$/.exec(name);
  if (match === null) return undefined;
  const [, group, number = '0', kind = 'partial'] = match;
  if (Number(group) > groupMax) return undefined;
  return { name, group: Number(group), number: Number(number), kind: kind as SnapshotFileName['kind'] };
}
