import type { ForcedRecovery } from './recovery-record.ts';
import { type GroupStores, storedGroup } from './stored-group.ts';

/** Those that were not only written down: the group has come to their term. */
export function carriedOut(recoveries: readonly ForcedRecovery[], stores: GroupStores): ForcedRecovery[] {
  return recoveries.filter(({ group, term }) => storedGroup(group, stores).stored.term >= term);
}
