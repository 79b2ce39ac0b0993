// A statement that is about what every node has of its own, told to the other members: each does it for itself.

import type { IncomingHttpHeaders } from 'node:http';
import { StatusCode } from '@balsa/wire';
import { z } from 'zod';
import type { MemberConfig } from '../config/node-config.ts';
import { Refusal } from '../service/refusal.ts';
import { askJson } from './ask-json.ts';
import type { OtherMembers } from './other-members.ts';

export interface TellingOptions {
  readonly others: Pick<OtherMembers, 'inOrder'>;
  /** Of the request: whoever asked is who tells the others, too. */
  readonly headers: IncomingHttpHeaders;
  readonly timeoutMs: number;
  /** Fires when nobody wants the answer any more, and when the time is over. */
  readonly signal: AbortSignal;
}

const answerSchema = z.object({ code: z.int(), message: z.string() });

/** All of them at once. @throws Refusal EXECUTE_STATEMENT_ERROR: which of them have not done it, and why. The signal's reason. */
export async function tellOthers(statement: string, options: TellingOptions): Promise<void> {
  const members = options.others.inOrder();
  const failures = await Promise.all(members.map((member) => tell(member, statement, options)));
  options.signal.throwIfAborted();
  const undone = failures.filter((failure) => failure !== undefined);
  if (undone.length === 0) return;
  const message = `done on this node, and not on all: ${undone.join('; ')}. Ask again when they are up, or each node with ${statement}`;
  throw new Refusal(StatusCode.EXECUTE_STATEMENT_ERROR, message);
}

/** `undefined`: it has done it. */
async function tell(
  { id, http }: MemberConfig,
  sql: string,
  { headers, timeoutMs, signal }: TellingOptions,
): Promise<string | undefined> {
  const told = await askJson(http, '/rest/v2/nonQuery', { sql, timeout_ms: timeoutMs }, { headers, signal });
  if (told === undefined) return `node ${id} cannot be reached at ${http}`;
  const answer = answerSchema.safeParse(told.body).data;
  if (answer === undefined) return `node ${id} at ${http} has not said whether it did`;
  return answer.code === StatusCode.SUCCESS ? undefined : `node ${id} answers ${answer.code}, ${answer.message}`;
}
