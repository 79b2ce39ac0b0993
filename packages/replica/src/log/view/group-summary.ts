import type { Configuration, GroupId, HardState, Index, Term } from '@balsa/raft';
import type { LogPosition, StoredSnapshot } from '../../ports.ts';
import type { Findings } from './finding.ts';
import { type Gap, GroupTrail } from './group-trail.ts';

export interface GroupSummary {
  readonly group: GroupId;
  /** `undefined`: nothing of it can be read, or was ever saved. */
  readonly hardState: HardState | undefined;
  /** The entry before the first that the log holds. */
  readonly base: LogPosition;
  /** `base.index`: the log holds no entry. */
  readonly lastIndex: Index;
  readonly lastTerm: Term;
  /** Entries between `base` and `lastIndex` that are damaged or missing. */
  readonly gaps: readonly Gap[];
  readonly records: number;
  /** Of all its records in the log, those superseded as well. */
  readonly bytes: number;
  readonly snapshot: StoredSnapshot | undefined;
  /** The newest, of the log or else of the snapshot; `undefined`: still the one that the group was started with. */
  readonly configuration: Configuration | undefined;
  /** Of the entry that holds it, or of the snapshot. */
  readonly configurationIndex: Index | undefined;
  /** The log says that the node has left the group. */
  readonly hasLeft: boolean;
}

interface Found {
  readonly hardStates: ReadonlyMap<GroupId, HardState>;
  readonly snapshots: ReadonlyMap<GroupId, StoredSnapshot>;
  readonly trails: ReadonlyMap<GroupId, GroupTrail>;
}

/** By number. */
export function summariesOf({ hardStates, snapshots, trails }: Found): GroupSummary[] {
  const groups = [...new Set([...hardStates.keys(), ...snapshots.keys(), ...trails.keys()])].sort((a, b) => a - b);
  return groups.map((group) => {
    const trail = trails.get(group) ?? new GroupTrail(false);
    const { base, lastIndex, lastTerm, gaps, records, bytes, hasLeft } = trail;
    const snapshot = snapshots.get(group);
    const [configurationIndex, configuration] = newestConfiguration(trail, snapshot);
    return {
      group,
      hardState: hardStates.get(group),
      base,
      lastIndex,
      lastTerm,
      gaps,
      records,
      bytes,
      snapshot,
      configuration,
      configurationIndex,
      hasLeft,
    };
  });
}

/** As every start of a node looks (node-storage.ts): what the log lacks at its beginning must be in the snapshot. */
export function noteMissingBeginning(
  { group, base, snapshot, hardState }: GroupSummary,
  findings: Findings,
  folder: string,
): void {
  if (hardState === undefined || base.index <= (snapshot?.index ?? 0)) return;
  const latest = snapshot === undefined ? 'there is none' : `the latest ends with entry ${snapshot.index}`;
  const what = `the log of group ${group} begins behind entry ${base.index}, and no snapshot holds it and those before: ${latest}`;
  findings.add('LOG_DAMAGED', `${folder}/log`, undefined, what);
}

function newestConfiguration(
  { configuration: logged }: GroupTrail,
  snapshot: StoredSnapshot | undefined,
): readonly [Index, Configuration] | readonly [undefined, undefined] {
  if (logged !== undefined && logged[0] > (snapshot?.index ?? 0)) return logged;
  return snapshot === undefined ? [undefined, undefined] : [snapshot.index, snapshot.configuration];
}
