// Snapshots that contradict themselves although their checksum is right.

import { DataType } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { chunkPointsMax } from '../chunk.ts';
import { Counter } from '../counter.ts';
import type { DirectoryTotals } from '../directory-capture.ts';
import { SchemaRegistry } from '../schema/schema-registry.ts';
import { schemaSnapshotFormat } from '../schema/schema-snapshot.ts';
import { deviceBytes, seriesBytes } from '../series-directory.ts';
import { SeriesStore } from '../series-store.ts';
import { storeSnapshotFormat } from '../store-snapshot.ts';
import { inPieces } from '../testing/snapshots.ts';
import { recordBytesMax, type SnapshotFormat } from './format.ts';
import { RecordWriter } from './record-writer.ts';

type Records = (out: RecordWriter) => void;

function snapshotOf(format: SnapshotFormat, ...records: readonly Records[]): Buffer {
  const out = new RecordWriter(format);
  for (const write of records) write(out);
  out.finish();
  return Buffer.from(out.take());
}

function record(type: number, write: Records): Records {
  return (out) => {
    out.begin(type);
    write(out);
    out.end();
  };
}

function series(device: string, measurement: string, type: number = DataType.DOUBLE): Records {
  return record(2, (out) => {
    out.u8(type);
    out.text16(device);
    out.text16(measurement);
  });
}

function points(times: readonly number[], marker = 1, values: ArrayBufferView = Float64Array.from(times)): Records {
  return record(3, (out) => {
    out.u8(marker);
    out.u16(times.length);
    out.array(Float64Array.from(times));
    out.array(values);
  });
}

const unknown = record(4, () => {});

async function refusal(machine: Pick<SeriesStore, 'restore'>, bytes: Buffer): Promise<string> {
  const error: unknown = await machine.restore(inPieces(bytes)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'SnapshotError', code: 'SNAPSHOT_MALFORMED' });
  return (error as Error).message;
}

describe('a SeriesStore refuses a snapshot', () => {
  const billed = deviceBytes('root.d') + seriesBytes('s');
  const head = (totals: Partial<DirectoryTotals> = {}): Records =>
    record(1, (out) => {
      const { devices = 1, series = 1, points = 0 } = totals;
      const { billedBytes = billed + 16 * points } = totals;
      for (const value of [5, 5, devices, series, points, billedBytes, 1 << 20, 10]) out.u64(value);
    });
  const s = series('root.d', 's');
  const ofStore = (...records: readonly Records[]) => snapshotOf(storeSnapshotFormat, ...records);
  const run = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i);

  it('only if something is wrong with it', async () => {
    const store = new SeriesStore();
    const count = chunkPointsMax;
    const all = [
      head({ points: 2 * count }),
      s,
      points(run(0, count)),
      points(run(count, 1)),
      points(run(count + 1, count - 1), 0),
    ];
    await store.restore(inPieces(ofStore(...all)));
    expect(store.statistics()).toMatchObject({ devices: 1, series: 1, points: 2 * count, appliedIndex: 5 });
  });

  const texts = (lengths: number[], bytes: string) =>
    Buffer.concat([Buffer.from(Uint32Array.from(lengths).buffer), Buffer.from(bytes, 'hex')]);
  const textSeries = series('root.d', 's', DataType.TEXT);
  const cases: Record<string, [string, ...Records[]]> = {
    'without records': ['the snapshot is empty'],
    'that does not begin with its head': ['type 2 has no place', s],
    'with two heads': ['type 1 has no place', head(), head()],
    'with a record of an unknown type': ['type 4 has no place', head(), unknown],
    'with points before a series': ['type 3 has no place', head(), points([1])],
    'with a record that is too short': ['bytes are needed', head(), record(2, (out) => out.u8(DataType.DOUBLE))],
    'with a record that is too long': [
      'left over',
      head(),
      record(2, (out) => out.raw(Buffer.from('01060072' + '6f6f742e64' + '010073' + '00', 'hex'))),
    ],
    'with fewer series than announced': ['more or less', head({ series: 2 }), s],
    'with more series than announced': ['more or less', head(), s, series('', 't')],
    'at the first series that was not announced': [
      'more or less',
      head({ billedBytes: 10_000 }),
      s,
      series('', 't'),
      unknown,
    ],
    'at the first bytes that were not announced': ['more or less', head(), s, points([1]), unknown],
    'with fewer devices than announced': ['more or less', head({ devices: 2 }), s],
    'with fewer points than announced': ['more or less', head({ points: 2, billedBytes: billed + 16 }), s, points([1])],
    'with fewer bytes than announced': ['more or less', head({ points: 1, billedBytes: billed + 17 }), s, points([1])],
    'with more bytes than announced': ['more or less', head({ points: 1, billedBytes: billed + 15 }), s, points([1])],
    'with a series twice': ['two series root.d.s', head({ series: 2, billedBytes: 10_000 }), s, s],
    'with a first series of no device': ['not a name', head(), series('', 's')],
    'with an illegal device': ['"plant" is not a name', head(), series('plant', 's')],
    'with a device in another form': ['"root.`d`" is not a name', head(), series('root.`d`', 's')],
    'with a measurement in another form': ['"`s`" is not a name', head(), series('root.d', '`s`')],
    'with a type that is not served': ['type 7 is not served', head(), series('root.d', 's', 7 as DataType)],
    'with no points': ['a record of 0 points', head(), s, points([])],
    'with too many points': ['a record of 2049 points', head({ points: 2049 }), s, points(run(0, 2049))],
    'with another marker': ['marked 2', head({ points: 1 }), s, points([1], 2)],
    'with equal times': ['time 1 cannot follow', head({ points: 2 }), s, points([1, 1])],
    'with equal times in two chunks': ['time 1 cannot follow', head({ points: 2 }), s, points([1]), points([1])],
    'with fractions of times': ['time 0.5 cannot follow', head({ points: 1 }), s, points([0.5])],
    'with a time that is none': ['time NaN cannot follow', head({ points: 1 }), s, points([Number.NaN])],
    'with a negative zero': ['time 0 cannot follow', head({ points: 1 }), s, points([-0])],
    'that goes on with no chunk': ['no chunk that 1 points', head({ points: 1 }), s, points([1], 0)],
    'that goes on with the chunk of another series': [
      'no chunk that 1 points',
      head({ series: 2, points: 2, billedBytes: 10_000 }),
      s,
      points([1]),
      series('', 't'),
      points([2], 0),
    ],
    'that goes on with a chunk that is full': [
      'no chunk that 1 points',
      head({ points: 2049 }),
      s,
      points(run(0, 2048)),
      points([9999], 0),
    ],
    'with fewer values than times': ['bytes are needed', head({ points: 1 }), s, points([1], 1, new Uint8Array(7))],
    'with more values than times': ['left over', head({ points: 1 }), s, points([1], 1, new Uint8Array(9))],
    'with a boolean that is none': [
      'neither 0 nor 1',
      head({ points: 1 }),
      series('root.d', 's', DataType.BOOLEAN),
      points([1], 1, Uint8Array.of(2)),
    ],
    'with a text that is not UTF-8': ['not UTF-8', head({ points: 1 }), textSeries, points([1], 1, texts([1], 'ff'))],
    'with a character in two texts': [
      'not UTF-8',
      head({ points: 2 }),
      textSeries,
      points([1, 2], 1, texts([1, 1], 'c3bc')),
    ],
    'with a text that is too long': [
      'claims 1048577 bytes',
      head({ points: 1 }),
      textSeries,
      points([1], 1, texts([(1 << 20) + 1], '41'.repeat((1 << 20) + 1))),
    ],
    'with a text that is not all there': [
      'claims 3 bytes',
      head({ points: 2 }),
      textSeries,
      points([1, 2], 1, texts([1, 3], '414141')),
    ],
    'with more text than its lengths say': [
      'bytes of text are left over',
      head({ points: 1 }),
      textSeries,
      points([1], 1, texts([1], '4141')),
    ],
  };
  it.each(Object.entries(cases))('%s', async (_name, [reason, ...records]) => {
    expect(await refusal(new SeriesStore(), ofStore(...records))).toContain(reason);
  });

  it('with records of impossible lengths, before memory is taken for them', async () => {
    for (const length of [0, recordBytesMax + 1, 2 ** 32 - 1]) {
      const bytes = ofStore(head(), s);
      bytes.writeUInt32LE(length, 8);
      expect(await refusal(new SeriesStore(), bytes)).toBe(`a record claims ${length} bytes`);
    }
  });
});

describe('a Counter refuses a snapshot', () => {
  const counts = record(1, (out) => {
    for (const value of [1, 2, 3]) out.u64(value);
  });
  const cases: Record<string, [string, ...Records[]]> = {
    'without counts': ['the snapshot is empty'],
    'with two of them': ['type 1 has no place', counts, counts],
    'with something else': ['type 4 has no place', unknown],
  };
  it.each(Object.entries(cases))('%s', async (_name, [reason, ...records]) => {
    expect(await refusal(new Counter(), snapshotOf({ machine: 1, version: 1 }, ...records))).toContain(reason);
  });
});

describe('a SchemaRegistry refuses a snapshot', () => {
  const head = (count: number, checksum = 0): Records =>
    record(1, (out) => {
      for (const value of [5, count]) out.u64(value);
      out.u32(checksum);
      out.u64(10);
    });
  const defined = (device: string, name: string, { type = 4, encoding = 'PLAIN', isAligned = false } = {}): Records =>
    record(4, (out) => {
      out.u8(isAligned ? 1 : 0);
      out.text16(device);
      out.u8(type);
      for (const text of [name, encoding, 'LZ4', '']) out.text16(text);
      out.u16(0);
      out.u16(0);
    });
  const database = (path: string): Records => record(2, (out) => out.text16(path));
  const rule = (path: string, ttlMs = 1): Records =>
    record(3, (out) => {
      out.text16(path);
      out.u64(ttlMs);
    });
  const s = defined('root.d', 's');
  const cases: Record<string, [string, ...Records[]]> = {
    'without records': ['the snapshot is empty'],
    'that does not begin with its head': ['type 4 has no place', s],
    'with two heads': ['type 1 has no place', head(0), head(0)],
    'with something else': ['type 5 has no place', head(1), record(5, () => {})],
    'with fewer series than announced': ['not the schema of 2 series', head(2), s],
    'with more series than announced': ['type 4 has no place', head(1), s, defined('', 't')],
    'with other series than announced': ['not the schema of 1 series', head(1, 1), s],
    'with a series twice': ['two series root.d.s', head(2), s, s],
    'with a first series of no device': ['not a name', head(1), defined('', 's')],
    'with an illegal device': ['"plant" is not a name', head(1), defined('plant', 's')],
    'with a measurement in another form': ['"`s`" is not a name', head(1), defined('root.d', '`s`')],
    'with a type that is not served': ['type 7 is not served', head(1), defined('root.d', 's', { type: 7 })],
    'with an encoding that the type has not': ['ZIGZAG', head(1), defined('root.d', 's', { encoding: 'ZIGZAG' })],
    'with a device that is aligned in part': ['type 4 has no place', head(2), s, defined('', 't', { isAligned: true })],
    'with a database twice': ['type 2 has no place', head(0), database('root.d'), database('root.d')],
    'with nested databases': ['type 2 has no place', head(0), database('root.d.e'), database('root.d')],
    'with an illegal database': ['"root" is not a name', head(0), database('root')],
    'with two rules for a path': ['type 3 has no place', head(0), rule('root.d'), rule('root.d')],
    'with a rule for no time': ['type 3 has no place', head(0), rule('root.d', 0)],
    'with a rule for an illegal path': ['"d" is not a name', head(0), rule('d')],
  };
  it.each(Object.entries(cases))('%s', async (_name, [reason, ...records]) => {
    expect(await refusal(new SchemaRegistry(), snapshotOf(schemaSnapshotFormat, ...records))).toContain(reason);
  });

  it('over its limit', async () => {
    const restoring = new SchemaRegistry({ seriesMax: 1 }).restore(inPieces(snapshotOf(schemaSnapshotFormat, head(2))));
    await expect(restoring).rejects.toMatchObject({ code: 'SNAPSHOT_OVER_LIMITS' });
  });
});
