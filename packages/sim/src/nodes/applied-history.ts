// What the members of one group have applied: the same command at the same index with the same result, whoever applied it,
// and as often as he restarted. From it follows what any replica must answer at any index.

import type { Index, NodeId } from '@balsa/raft';
import { Violation } from '../oracles.ts';

interface AppliedCommand {
  readonly command: Buffer;
  readonly result: Buffer;
  readonly by: NodeId;
}

export class AppliedHistory {
  readonly #commands = new Map<Index, AppliedCommand>();
  readonly #checksums = new Map<Index, { readonly checksum: number; readonly by: NodeId }>();
  readonly #onFirst: (index: Index, command: Buffer) => void;

  /** `onFirst` hears of every command once, in the order of the log. */
  constructor(onFirst: (index: Index, command: Buffer) => void) {
    this.#onFirst = onFirst;
  }

  /** The group is forced to go on; of what was applied, it has kept this. */
  forcedOn(lastIndex: Index, onFirst: (index: Index, command: Buffer) => void): AppliedHistory {
    const next = new AppliedHistory(onFirst);
    for (const [index, command] of this.#commands) if (index <= lastIndex) next.#commands.set(index, command);
    for (const [index, checksum] of this.#checksums) if (index <= lastIndex) next.#checksums.set(index, checksum);
    return next;
  }

  get commands(): number {
    return this.#commands.size;
  }

  /** Has anybody applied this command, there or before? */
  hasBy(end: Index, command: Uint8Array): boolean {
    return [...this.#commands].some(([index, known]) => index <= end && known.command.compare(command) === 0);
  }

  /** @throws Violation if another member has applied something else there, or with another result. */
  applied(by: NodeId, index: Index, command: Uint8Array, result: Uint8Array): void {
    const known = this.#commands.get(index);
    if (known === undefined) {
      const copy = Buffer.from(command);
      this.#commands.set(index, { command: copy, result: Buffer.from(result), by });
      this.#onFirst(index, copy);
    } else if (known.command.compare(command) !== 0) {
      throw new Violation('state-machine safety', `nodes ${known.by} and ${by} apply different commands at ${index}`);
    } else if (known.result.compare(result) !== 0) {
      throw new Violation('determinism', `nodes ${known.by} and ${by} have different results at ${index}`);
    }
  }

  /** @throws Violation if another replica had another checksum at this index. */
  checksum(by: NodeId, index: Index, checksum: number): void {
    const known = this.#checksums.get(index);
    if (known === undefined) this.#checksums.set(index, { checksum, by });
    else if (known.checksum !== checksum) {
      throw new Violation(
        'replicas differ',
        `at index ${index}: node ${known.by} ${known.checksum}, node ${by} ${checksum}`,
      );
    }
  }
}
