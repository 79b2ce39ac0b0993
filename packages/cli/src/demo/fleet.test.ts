import { decodeTablet, encodeTablet } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { pointsOf, recordingOf, tabletsOf } from './fleet.ts';

const hours = 2500;
const table = {
  timestamps: Float64Array.from({ length: hours }, (_, hour) => hour * 3_600_000),
  measurements: ['temperature', 'cloud'],
  columns: [new Float64Array(hours).fill(10), new Float64Array(hours).fill(0.5)],
};

describe('a fleet', () => {
  it('starts with the record as it is', () => {
    expect(recordingOf(table, 1)).toMatchObject({ device: 'root.seattle.station01', columns: table.columns });
  });

  it('differs from station to station in what height changes', () => {
    const { device, columns } = recordingOf(table, 11);
    expect(device).toBe('root.seattle.station11');
    expect(columns[0]?.[0]).toBeCloseTo(9.35);
    expect(columns[1]?.[0]).toBe(0.5);
  });

  it('is written in tablets that hold every row once', () => {
    const station = recordingOf(table, 3);
    const tablets = [...tabletsOf(station)].map((tablet) => decodeTablet(encodeTablet(tablet)));
    expect(tablets.map((tablet) => tablet.timestamps.length)).toEqual([1000, 1000, 500]);
    expect(tablets.map(pointsOf)).toEqual([2000, 2000, 1000]);
    expect(tablets.flatMap((tablet) => [...tablet.timestamps])).toEqual([...table.timestamps]);
    expect(tablets.flatMap((tablet) => [...(tablet.columns[0]?.values ?? [])])).toEqual([
      ...(station.columns[0] ?? []),
    ]);
  });
});
