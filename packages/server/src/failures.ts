// What went wrong for good in a node, for its health report and for whoever has to stop it.

import type { HostEvents } from '@balsa/replica';
import type { Log } from './log.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
}

export class Failures {
  /** Resolves with the error after which the whole node must stop. */
  readonly fatal: Promise<Error>;
  /** What the host reports to. */
  readonly hostEvents: HostEvents;
  #first: Failure | undefined;

  constructor(log: Log) {
    let declareFatal: (error: Error) => void = () => {};
    this.fatal = new Promise((resolve) => {
      declareFatal = resolve;
    });
    this.hostEvents = {
      onFatal: (error) => {
        this.#keep(error);
        log('error', codeOf(error), `the node cannot go on: ${error.message}`);
        declareFatal(error);
      },
      onGroupFailure: (group, error) => {
        this.#keep(error);
        log('error', codeOf(error), `group ${group} has stopped: ${error.message}`, { group, stack: error.stack });
      },
      onSlowProposal: ({ followers, ...slow }) =>
        log('warn', 'PROPOSAL_SLOW', `a proposal waits for ${slow.waitsFor}`, {
          ...slow,
          followers: followers.map(({ id, state, matchIndex }) => `${id} ${state} ${matchIndex}`).join(', '),
        }),
    };
  }

  get first(): Failure | undefined {
    return this.#first;
  }

  #keep(error: Error): void {
    this.#first ??= { code: codeOf(error), message: error.message };
  }
}

/** The code of a coded error; others are faults of the program. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL_FAULT';
}
