import { isNull } from '@balsa/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeriesStore } from './series-store.ts';
import { applyAll, naiveOf } from './testing/stores.ts';
import { devices, histories, measurements } from './testing/tablets.ts';

const spans = fc.record({
  startMs: fc.integer({ min: -40, max: 70 }),
  spanMs: fc.integer({ min: 0, max: 100 }),
  rowsMax: fc.integer({ min: 1, max: 20 }),
  takesLatest: fc.boolean(),
});

it('gives the earliest or the latest rows of a device, as a naive model does', () => {
  fc.assert(
    fc.property(histories, spans, (all, { startMs, spanMs, rowsMax, takesLatest }) => {
      const store = new SeriesStore();
      applyAll(store, all);
      const naive = naiveOf(all);
      const endMs = startMs + spanMs;
      for (const device of devices) {
        const { times, columns } = store.deviceRows({ device, measurements, startMs, endMs, rowsMax, takesLatest });
        const known = measurements.filter((measurement) => naive.series(device, measurement) !== undefined);
        const rows = known.length === 0 ? [] : naive.range(device, known, startMs, endMs, 1000);
        const wanted = takesLatest ? rows.reverse().slice(0, rowsMax) : rows.slice(0, rowsMax);
        expect([...times]).toEqual(wanted.map(([time]) => time));
        for (const [i, measurement] of measurements.entries()) {
          const column = columns[i];
          const place = known.indexOf(measurement);
          expect(column === undefined).toBe(place < 0);
          if (column === undefined) continue;
          const values = [...times.keys()].map((row) => (isNull(column, row) ? undefined : column.values[row]));
          expect(values).toEqual(wanted.map(([, row]) => row[place]));
        }
      }
    }),
    { numRuns: 300 },
  );
});
