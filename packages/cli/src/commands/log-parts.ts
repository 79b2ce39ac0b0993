// What all that `balsa log` says is made of.

import type { LoggedEntry } from '@balsa/replica';
import { type CommandDescription, describeCommand, GroupIds } from '@balsa/server';

/** Of the groups that every node of Balsa runs. */
export function nameOfGroup(group: number): string | undefined {
  return Object.entries(GroupIds).find(([, id]) => id === group)?.[0];
}

/** What an entry asks for; `undefined`: that is not known here. */
export function describeEntry(
  group: number,
  { kind, acknowledgedBelow, command }: LoggedEntry,
): CommandDescription | undefined {
  const own = { target: '', rows: undefined };
  switch (kind) {
    case 'openSession':
      return { ...own, verb: 'open session', text: 'open a session' };
    case 'endSilentSessions':
      return { ...own, verb: 'end sessions', text: `end sessions that were silent since entry ${acknowledgedBelow}` };
    case 'unknown':
      return undefined;
    case 'command':
      return describeCommand(group, command);
  }
}
