// What this node cannot answer because its files are damaged, or because it is taking in a snapshot, another member can: it has the same
// points in files of its own.

import { StorageError } from '@balsa/engine/storage';
import { StatusCode } from '@balsa/wire';
import type { MemberConfig } from '../config/node-config.ts';
import { Refusal } from '../service/refusal.ts';

/** Since the node was started. */
export interface AskedOthers {
  /** Reads that another member has answered in place of this one. */
  readonly answered: number;
  /** Those that none could: who asked was told what is wrong here. */
  readonly unanswered: number;
}

export interface OtherMembersPorts {
  readonly nodeId: number;
  readonly members: readonly MemberConfig[];
  /** Of the data group. */
  readonly leader: () => number | undefined;
}

/** Whether an error says that only this node cannot answer. */
export function isForOthers(error: unknown): boolean {
  if (error instanceof StorageError) return error.code === 'STORAGE_DAMAGED';
  return error instanceof Refusal && error.status === StatusCode.STORAGE_ENGINE_NOT_READY;
}

/** Whether another member should be asked when one has answered so. */
export function isForTheNext(status: number): boolean {
  return (
    status === StatusCode.STORAGE_ENGINE_ERROR ||
    status === StatusCode.STORAGE_ENGINE_NOT_READY ||
    status === StatusCode.GROUP_FAILED ||
    status === StatusCode.NODE_STOPPING
  );
}

export class OtherMembers {
  readonly #ports: OtherMembersPorts;
  #answered = 0;
  #unanswered = 0;

  constructor(ports: OtherMembersPorts) {
    this.#ports = ports;
  }

  get counts(): AskedOthers {
    return { answered: this.#answered, unanswered: this.#unanswered };
  }

  /**
   * One after the other, until one has an answer; `undefined`: none has. `askOne` gives `undefined` for a member that has none, and throws
   * what is an answer as well.
   */
  async ask<T>(signal: AbortSignal, askOne: (member: MemberConfig) => Promise<T | undefined>): Promise<T | undefined> {
    for (const member of this.inOrder()) {
      if (signal.aborted) break;
      const answer = await askOne(member).catch((error: unknown) => {
        if (!signal.aborted) this.#answered++;
        throw error;
      });
      if (answer === undefined) continue;
      this.#answered++;
      return answer;
    }
    this.#unanswered++;
    return undefined;
  }

  /** The leader first: it has nothing to catch up with. */
  inOrder(): MemberConfig[] {
    const { nodeId, members, leader } = this.#ports;
    const first = leader();
    return members.filter(({ id }) => id !== nodeId).sort((a, b) => Number(b.id === first) - Number(a.id === first));
  }
}
