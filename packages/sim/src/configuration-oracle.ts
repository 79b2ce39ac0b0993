// What must hold of the group's members (Raft dissertation, sections 4.1 to 4.3): one change at a time, each overlapping with
// the one before it, and everybody of one mind about who belonged to the group at any entry.

import { type Batch, type Configuration, type Index, isMember, lastIndexOf, membersOf, type NodeId } from '@balsa/raft';
import { quorumsOverlap } from './majorities.ts';
import { Violation } from './oracles.ts';

interface KnownConfiguration {
  readonly index: Index;
  readonly configuration: Configuration;
}

/** What is looked at of a member that appends a configuration. */
export interface ProposedChange {
  readonly leader: NodeId;
  readonly commitIndex: Index;
  /** The newest in its log before. */
  readonly before: KnownConfiguration;
  readonly after: Configuration;
}

export class ConfigurationOracle {
  /** Ascending; the first is the one that the group began with. */
  readonly #committed: KnownConfiguration[];
  #committedIndex: Index = 0;
  /** Of any configuration that a leader has appended, whatever became of it. */
  readonly #everMembers: Set<NodeId>;
  #underWay: Configuration[] = [];

  constructor(founding: Configuration) {
    this.#committed = [{ index: 0, configuration: founding }];
    this.#everMembers = new Set(membersOf(founding));
  }

  /** The group is forced to go on; of what was committed, it has kept this. */
  forcedOn(lastIndex: Index): ConfigurationOracle {
    const [founding, ...others] = this.#committed.filter(({ index }) => index <= lastIndex);
    const next = new ConfigurationOracle(founding!.configuration);
    next.#committed.push(...others);
    next.#committedIndex = lastIndex;
    for (const node of this.#everMembers) next.#everMembers.add(node);
    return next;
  }

  /** The newest that is committed. */
  get current(): Configuration {
    return this.#committed.at(-1)!.configuration;
  }

  /** Those that leaders have appended since: any of them may be on its way to a member, though nobody has it yet, and still decide. */
  get underWay(): readonly Configuration[] {
    return this.#underWay;
  }

  /** How often the members have changed. */
  get changes(): number {
    return this.#committed.length - 1;
  }

  /** By a leader, whatever became of it. */
  appended(configuration: Configuration): void {
    for (const node of membersOf(configuration)) this.#everMembers.add(node);
    this.#underWay.push(configuration);
  }

  proposed({ leader, commitIndex, before, after }: ProposedChange): void {
    this.appended(after);
    const what = `${leader} appends ${describeConfiguration(after)}`;
    if (before.index > Math.min(commitIndex, this.#committedIndex)) {
      throw new Violation('one change at a time', `${what}, and entry ${before.index} before it is not committed`);
    }
    if (after.voters.length === 0) throw new Violation('configurations', `${what}, in which nobody votes`);
    if (quorumsOverlap(before.configuration, after)) return;
    throw new Violation(
      'overlapping quorums',
      `${what} behind ${describeConfiguration(before.configuration)}: two quorums may have nobody in common`,
    );
  }

  /** Called for every batch, in order, when it is committed first. */
  committed(batch: Batch): void {
    this.#committedIndex = lastIndexOf(batch);
    const { configuration, firstIndex } = batch;
    if (configuration === undefined) return;
    this.#committed.push({ index: firstIndex, configuration });
    this.#underWay = [];
  }

  /** A member that has applied `index` believes that these belonged to the group there. Nobody: it was never told. */
  believed(member: NodeId, index: Index, configuration: Configuration): void {
    const known = this.#at(index);
    if (isSameConfiguration(configuration, known.configuration)) return;
    // Whoever came with the log alone knows of no configuration before the first entry that tells of one.
    if (configuration.voters.length === 0 && known.index === 0) return;
    throw new Violation(
      'configurations',
      `${member} believes in ${describeConfiguration(configuration)} at ${index}, where ${describeConfiguration(known.configuration)} is committed`,
    );
  }

  /**
   * The member, whose log ends at `logEnd`, is told that a configuration committed at `index` does not contain it any more. Of a log that
   * counts for nothing that is just behind its end: who tells knows that it was removed, and need not know whether it was let in again since.
   */
  removed(member: NodeId, index: Index, logEnd: Index): void {
    if (index === logEnd + 1 && this.hasRemoved(member)) return;
    const { configuration } = this.#at(index);
    if (!isMember(member, configuration) && this.#everMembers.has(member)) return;
    throw new Violation(
      'removal',
      `${member} is told that it was removed at ${index}, where ${describeConfiguration(configuration)} is committed`,
    );
  }

  /** Was there a time when the node did not belong to the group any more? */
  hasRemoved(node: NodeId): boolean {
    return this.#everMembers.has(node) && this.#committed.some(({ configuration }) => !isMember(node, configuration));
  }

  /** Is this configuration one that was committed at or behind `index`? */
  hasCommitted(wanted: (configuration: Configuration) => boolean, fromIndex: Index): boolean {
    const inForce = this.#at(fromIndex).index;
    return this.#committed.some(({ index, configuration }) => index >= inForce && wanted(configuration));
  }

  #at(index: Index): KnownConfiguration {
    return this.#committed.findLast((known) => known.index <= index)!;
  }
}

export function isSameConfiguration(a: Configuration, b: Configuration): boolean {
  return a === b || describeConfiguration(a) === describeConfiguration(b);
}

/** `1 2 3, from 1 4 5, learner 6, prefers 2, leases`. */
export function describeConfiguration(configuration: Configuration): string {
  const { voters, outgoing, learners, preferredLeader, leases } = configuration;
  return [
    voters.join(' ') || 'nobody',
    ...(outgoing.length > 0 ? [`from ${outgoing.join(' ')}`] : []),
    ...(learners.length > 0 ? [`learning ${learners.join(' ')}`] : []),
    ...(preferredLeader === undefined ? [] : [`prefers ${preferredLeader}`]),
    ...(leases ? ['leases'] : []),
  ].join(', ');
}
