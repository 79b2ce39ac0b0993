// Whether it is worth while to let the clock of expiry go on: where nothing would expire by it, nobody has to be woken for it.

import type { Catalog } from '../catalog/catalog.ts';
import type { DataFile } from '../files/data-file.ts';
import type { Memtable } from '../memtable/memtable.ts';
import type { TtlRules } from './ttl.ts';

interface StoredPoints {
  readonly files: readonly DataFile[];
  readonly memtables: readonly Memtable[];
  readonly catalog: Pick<Catalog, 'deviceAt'>;
}

/** Whether points that are there now may have expired once the clock stands at `nowMs`. Files are known by their first and last times. */
export function wouldExpire(ttl: TtlRules, nowMs: number, { files, memtables, catalog }: StoredPoints): boolean {
  const later = ttl.at(nowMs);
  if (later === ttl || ttl.rules.length === 0) return false;
  const doesExpire = (device: string, firstMs: number, lastMs: number): boolean =>
    firstMs < later.floorMs(device) && lastMs >= ttl.floorMs(device);
  for (const memtable of memtables) {
    for (const device of memtable.devices()) {
      for (const { firstMs, lastMs } of memtable.seriesOf(device)!.values()) {
        if (firstMs !== undefined && lastMs !== undefined && doesExpire(device.path, firstMs, lastMs)) return true;
      }
    }
  }
  const { floorMsMax } = later;
  for (const file of files) {
    if (file.entry.firstMs >= floorMsMax) continue;
    for (const ordinal of file.ordinals) {
      const device = catalog.deviceAt(ordinal);
      const { firstMs, lastMs } = file.spanOf(device)!;
      if (doesExpire(device.path, firstMs, lastMs)) return true;
    }
  }
  return false;
}
