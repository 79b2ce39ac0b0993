import {
  configurationOf,
  type GroupId,
  type Index,
  initialHardState,
  type NodeId,
  type RecoveredState,
  type Term,
} from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { HardStateStore, LogStore, RecoveredLog, StoredSnapshot } from '../ports.ts';

/** As `GroupOptions` has it. */
export interface GroupBeginning {
  readonly group: GroupId;
  readonly members: readonly NodeId[];
  readonly isNew?: boolean;
}

/**
 * What the core begins with. A snapshot that the log does not contain takes its place: it ended before it, or holds other
 * entries there, which were never committed.
 */
export function recoveredState(
  { group, members, isNew = false }: GroupBeginning,
  { log, hardStates }: { readonly log: Pick<LogStore, 'recovered'>; readonly hardStates: HardStateStore },
  latest: StoredSnapshot | undefined,
): { readonly state: RecoveredState; readonly resetsLog: boolean } {
  const saved = hardStates.current(group);
  // At term 0 this member has voted for nobody and acknowledged nothing, in the group that it can remember.
  const hardState = isNew && saved.term === 0 ? initialHardState : saved;
  const recovered = log.recovered(group);
  if (latest === undefined) {
    if (recovered.base.index > 0) {
      throw new ReplicaError(
        'LOG_DAMAGED',
        `group ${group}: the log begins behind entry ${recovered.base.index}, and there is no snapshot of what lies before`,
      );
    }
    const first = members.length === 0 ? [] : [[0, configurationOf(members)] as const];
    const configurations = [...first, ...recovered.configurations];
    return { state: { ...recovered, hardState, configurations, appliedIndex: 0 }, resetsLog: false };
  }
  const { index, term, configuration } = latest;
  if (recovered.base.index > index) {
    throw new ReplicaError(
      'LOG_DAMAGED',
      `group ${group}: the log begins behind entry ${recovered.base.index}, but the snapshot ends with ${index}: what lies between is lost`,
    );
  }
  const configurations = [[index, configuration] as const];
  if (termIn(recovered, index) === term) {
    configurations.push(...recovered.configurations.filter(([at]) => at > index));
    return { state: { ...recovered, hardState, configurations, appliedIndex: index }, resetsLog: false };
  }
  const base = { index, term };
  const state = { hardState, base, lastIndex: index, termRuns: [], configurations, appliedIndex: index };
  return { state, resetsLog: true };
}

function termIn({ base, termRuns, lastIndex }: RecoveredLog, index: Index): Term | undefined {
  if (index === base.index) return base.term;
  return index > lastIndex ? undefined : termRuns.findLast(([firstIndex]) => firstIndex <= index)?.[1];
}
