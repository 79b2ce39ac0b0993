import { type CommandDescription, describeDataCommand, describeSchemaCommand } from '@balsa/engine';
import { WireError } from '@balsa/wire';
import { GroupIds } from './group-ids.ts';

export type { CommandDescription };

/** What a command in the log of a node's group does; `undefined`: that is not known here. */
export function describeCommand(group: number, command: Uint8Array): CommandDescription | undefined {
  try {
    if (group === GroupIds.metadata) return describeSchemaCommand(command);
    return group === GroupIds.data ? describeDataCommand(command) : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
