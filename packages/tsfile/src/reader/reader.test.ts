import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { loadCodec } from '../compression/load-codec.ts';
import { DataType, timeColumnType } from '../data-type.ts';
import { Encoding } from '../encoding.ts';
import { smallFile } from '../fuzz/sample-file.ts';
import { MemorySink, memorySource } from '../io/memory.ts';
import type { ByteSource } from '../io/ports.ts';
import { type DeviceId, pathOfDevice, writeDevice } from '../layout/device-id.ts';
import { writeFileMetadata } from '../layout/file-metadata.ts';
import { type DeviceNode, type IndexEntry, NodeKind, writeDeviceNode } from '../layout/index-node.ts';
import { magic } from '../layout/magic.ts';
import { Marker } from '../layout/markers.ts';
import { openFile, writeFile } from '../testing/files.ts';
import { ChunkWriter, timesSpec } from '../writer/chunk-writer.ts';
import { FileOutput } from '../writer/file-output.ts';
import { addChunk, IndexBuilder } from '../writer/index-builder.ts';
import { TsFileReader } from './tsfile-reader.ts';

const schema = (measurement: string) => ({ measurement, dataType: DataType.INT32, compression: 0 }) as const;
const column = (...values: number[]) => ({ values: Int32Array.from(values) });

/** Notes what is read. */
function watched(bytes: Buffer): { source: ByteSource; reads: [number, number][] } {
  const reads: [number, number][] = [];
  const inner = memorySource(bytes);
  const read: ByteSource['read'] = (offset, count) => {
    reads.push([offset, count]);
    return inner.read(offset, count);
  };
  return { source: { ...inner, read }, reads };
}

async function rows(blocks: AsyncIterable<{ times: BigInt64Array; column: { values: unknown } }>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const block of blocks)
    found.push(...Array.from(block.times, (time, i) => [Number(time), (block.column.values as Int32Array)[i]]));
  return found;
}

describe('a range of times', () => {
  const file = () =>
    writeFile(
      async (writer) => {
        for (let chunk = 0; chunk < 4; chunk++) {
          const times = BigInt64Array.from({ length: 10 }, (_, i) => BigInt(100 * chunk + 2 * i));
          const values = { values: Int32Array.from(times, (time) => -Number(time)) };
          await writer.writeSeries('root.a.plain', schema('m'), times, values);
          const nulls = Uint8Array.of(0b0000_0110, 0b0000_0001);
          await writer.writeAligned(
            'root.a.aligned',
            times,
            [{ schema: schema('m'), column: { ...values, nulls } }],
            0,
          );
        }
      },
      { pageRows: 3 },
    );

  it.each([
    [undefined, undefined],
    [0n, 0n],
    [1n, 1n],
    [5n, 12n],
    [16n, 104n],
    [110n, undefined],
    [undefined, 207n],
    [1000n, undefined],
    [undefined, -1n],
    [8n, 2n],
  ])('from %s to %s gives just those rows', async (startTime, endTime) => {
    const reader = await openFile(await file());
    const all = await rows(reader.scan('root.a.plain', 'm'));
    expect(all.length).toBe(40);
    const isWithin = (row: unknown) => {
      const [time] = row as [number, number];
      return (startTime === undefined || time >= startTime) && (endTime === undefined || time <= endTime);
    };
    const range = { startTime, endTime };
    expect(await rows(reader.scan('root.a.plain', 'm', range))).toEqual(all.filter(isWithin));
    const isNull = (row: unknown) => [2, 4, 16].includes((row as [number, number])[0] % 100);
    const expected = all.filter((row) => !isNull(row) && isWithin(row));
    expect(await rows(reader.scan('root.a.aligned', 'm', range))).toEqual(expected);
  });

  it('reads no chunk outside of it', async () => {
    const { source, reads } = watched(await file());
    const reader = await TsFileReader.open(source);
    const series = (await reader.series('root.a.plain', 'm'))!;
    reads.length = 0;
    await rows(reader.scan('root.a.plain', 'm', { startTime: 100n, endTime: 150n }));
    const ofData = reads.filter(([offset]) => offset < reader.dataBytes);
    expect(ofData.map(([offset]) => offset)).toEqual([series.chunks[1]!.offset]);
  });
});

describe('the index', () => {
  it('of one series reads nothing for most of those that are not there', async () => {
    const { source, reads } = watched(await smallFile());
    const reader = await TsFileReader.open(source);
    reads.length = 0;
    for (let i = 0; i < 100; i++) expect(await reader.series('root.small.plain', `absent${i}`)).toBeUndefined();
    expect(reads.length).toBeLessThan(40);
    expect(await reader.series('root.small.plain', 'INT32')).toMatchObject({ role: 'plain', dataType: DataType.INT32 });
    expect(await reader.series('root.small.aligned', 'INT32')).toMatchObject({ role: 'value' });
  });

  it('finds each of many devices and measurements, in order', async () => {
    const devices = Array.from({ length: 700 }, (_, i) => `root.t${i % 3}.g.device${i}`);
    const measurements = Array.from({ length: 700 }, (_, i) => `m${i}`);
    const bytes = await writeFile(async (writer) => {
      for (const [i, device] of devices.entries()) {
        await writer.writeSeries(device, schema('m'), BigInt64Array.of(1n), column(i));
      }
      const columns = measurements.map((name, i) => ({ schema: schema(name), column: column(i) }));
      await writer.writeAligned('root.wide.aligned', BigInt64Array.of(1n), columns);
      for (const [i, name] of measurements.entries()) {
        await writer.writeSeries('root.wide.plain', schema(name), BigInt64Array.of(1n), column(i));
      }
    });
    const reader = await openFile(bytes);
    const found: string[] = [];
    for await (const device of reader.devices()) found.push(pathOfDevice(device));
    expect(found).toEqual([...devices, 'root.wide.aligned', 'root.wide.plain'].sort());
    for (const [i, device] of devices.entries()) expect(await rows(reader.scan(device, 'm'))).toEqual([[1, i]]);
    for (const device of ['root.wide.aligned', 'root.wide.plain']) {
      const names: string[] = [];
      for await (const { measurement } of reader.seriesOf(device)) names.push(measurement);
      expect(names.filter((name) => name !== '')).toEqual([...measurements].sort());
      for (const [i, name] of measurements.entries()) expect(await rows(reader.scan(device, name))).toEqual([[1, i]]);
    }
    expect(await rows(reader.scan('root.t0.g.device1', 'm'))).toEqual([]);
    expect(await rows(reader.scan('root.none.device', 'm'))).toEqual([]);
  });

  it('of a file without series is empty', async () => {
    const reader = await openFile(await writeFile(async () => {}));
    for await (const device of reader.devices()) throw new Error(`there is ${pathOfDevice(device)}`);
    expect(await rows(reader.scan('root.a.b', 'm'))).toEqual([]);
  });
});

describe('aligned series of other writers', () => {
  it('may lack chunks that their times have', async () => {
    const sink = new MemorySink();
    const output = new FileOutput(sink);
    const index = new IndexBuilder();
    const chunks = new ChunkWriter();
    const device = index.deviceFor(['root.a', 'b'], true);
    const codec = await loadCodec(0);
    output.pending.raw(magic);
    output.pending.u8(4);
    const ranges = [{ from: 0, to: 2 }];
    for (const start of [0n, 10n]) {
      const times = BigInt64Array.of(start, start + 1n);
      output.pending.u8(Marker.CHUNK_GROUP);
      writeDevice(device.id, output.pending);
      const at = output.position;
      const ofTimes = chunks.writeTimes(timesSpec(0), codec, times, ranges, output.pending);
      addChunk(device.seriesFor('time', '', timeColumnType), { offset: at, statistics: ofTimes });
      if (start === 0n) continue;
      const offset = output.position;
      const spec = { ...schema('m'), role: 'value', encoding: Encoding.PLAIN } as const;
      const { statistics } = chunks.writeValues(spec, codec, times, column(1, 2), ranges, output.pending);
      addChunk(device.seriesFor('value', 'm', DataType.INT32), { offset, statistics });
    }
    const dataEnd = output.position;
    output.pending.u8(Marker.SEPARATOR);
    const roots = await index.write(output);
    const metadataOffset = output.position;
    writeFileMetadata({ ...roots, dataEnd }, output.pending);
    output.pending.i32(output.position - metadataOffset);
    output.pending.raw(magic);
    await output.drainAll();
    const reader = await openFile(sink.bytes);
    const found: unknown[] = [];
    for await (const { times, columns } of reader.scanAligned('root.a.b', ['m'])) found.push([[...times], columns[0]]);
    expect(found).toEqual([
      [[0n, 1n], undefined],
      [[10n, 11n], column(1, 2)],
    ]);
  });
});

describe('a malicious index', () => {
  it('whose nodes lead to the same nodes again and again is refused, not walked', async () => {
    const out = new ByteWriter();
    out.raw(magic);
    out.u8(4);
    const dataEnd = out.length;
    out.u8(Marker.SEPARATOR);
    const put = (node: DeviceNode): IndexEntry<DeviceId> => {
      const from = out.length;
      writeDeviceNode(node, out);
      return { key: ['root.a', 'b'], from, to: out.length };
    };
    let below = put({
      kind: NodeKind.LEAF_DEVICE,
      entries: [{ key: ['root.a', 'b'], from: dataEnd, to: dataEnd + 1 }],
    });
    // Two nodes of each level lead to the first of the level below: 2^40 ways to the leaf.
    let root: DeviceNode = { kind: NodeKind.INTERNAL_DEVICE, entries: [below] };
    for (let level = 0; level < 40; level++) {
      const both = [below, below].map((entry) => put({ kind: NodeKind.INTERNAL_DEVICE, entries: [entry] }));
      root = { kind: NodeKind.INTERNAL_DEVICE, entries: both };
      below = put(root);
    }
    const metadataOffset = out.length;
    writeFileMetadata({ roots: [{ table: 'root.a', root }], dataEnd, bloomFilter: undefined }, out);
    out.i32(out.length - metadataOffset);
    out.raw(magic);
    const reader = await openFile(out.written());
    const walk = async (): Promise<void> => {
      for await (const device of reader.devices()) expect(device).toEqual(['root.a', 'b']);
    };
    await expect(walk()).rejects.toThrow('parts of the index overlap');
  });
});
