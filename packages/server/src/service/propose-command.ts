import type { ProposeOptions } from '@balsa/replica';
import { type CommandResult, decodeCommandResult } from '@balsa/wire';

/** Proposes to a group. */
export type Propose = (command: Uint8Array, options: ProposeOptions) => Promise<{ readonly result: Uint8Array }>;

/** What the state machine answers to a command. Does not wait for a quorum to come back. @throws the group's errors. */
export async function proposeCommand(propose: Propose, command: Uint8Array, timeoutMs: number): Promise<CommandResult> {
  const { result } = await propose(command, { timeoutMs, needsQuorumNow: true });
  return decodeCommandResult(Buffer.from(result));
}
