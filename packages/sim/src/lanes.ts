// How a member stands, as pictures of a run show it along its life line.

import { Role } from '@balsa/raft';
import type { Mark } from './trace-events.ts';

export interface Lane {
  readonly isUp: boolean;
  readonly isPaused: boolean;
  readonly role: Role;
}

/** What a life line shows. */
export type LaneState = Role | 'paused' | 'down';

export function lanesAtStart(members: number): Lane[] {
  return Array.from({ length: members }, () => ({ isUp: false, isPaused: false, role: Role.follower }));
}

export function laneAfter(lane: Lane, mark: Mark): Lane {
  switch (mark) {
    case 'start':
      return { ...lane, isUp: true, role: Role.follower };
    case 'crash':
    case 'stop':
      return { isUp: false, isPaused: false, role: Role.follower };
    case 'pause':
      return { ...lane, isPaused: true };
    case 'resume':
      return { ...lane, isPaused: false };
    case 'loss':
    case 'stuck':
    case 'lies':
    case 'commit':
    case 'install':
    case 'members':
    case 'removed':
    case 'transfer':
    case 'hibernation':
      return lane;
    default:
      return { ...lane, role: mark };
  }
}

export function stateOf({ isUp, isPaused, role }: Lane): LaneState {
  if (!isUp) return 'down';
  return isPaused ? 'paused' : role;
}
