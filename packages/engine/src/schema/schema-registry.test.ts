import { DataType, decodeCommandResult, StatusCode } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRegisterSeries, type SeriesRegistration } from './schema-command.ts';
import { SchemaRegistry } from './schema-registry.ts';

function register(registry: SchemaRegistry, ...registrations: SeriesRegistration[]) {
  return registrations.map((registration) => {
    const index = registry.statistics().appliedIndex + 1;
    return decodeCommandResult(Buffer.from(registry.apply(index, encodeRegisterSeries(registration))));
  });
}

function registrationOf(device: string, types: Record<string, DataType>): SeriesRegistration {
  return { device, measurements: Object.keys(types), dataTypes: Object.values(types) };
}

function typesOf(registry: SchemaRegistry, device: string): [string, DataType][] {
  return [...(registry.device(device)?.series.values() ?? [])].map(({ measurement, dataType }) => [
    measurement,
    dataType,
  ]);
}

const pump = registrationOf('root.plant.pump', { pressure: DataType.DOUBLE, on: DataType.BOOLEAN });
const success = { status: StatusCode.SUCCESS, message: '' };

describe('SchemaRegistry', () => {
  it('registers, once or again', () => {
    const registry = new SchemaRegistry();
    expect(register(registry, pump, pump)).toEqual([success, success]);
    expect(registry.statistics()).toEqual({ databases: 1, devices: 1, series: 2, appliedIndex: 2 });
    expect(registry.device('root.plant.`pump`')?.series.get('pressure')?.dataType).toBe(DataType.DOUBLE);
    expect(registry.device('root.plant.fan')).toBeUndefined();
  });

  it('leaves a type as it is, and registers the others', () => {
    const registry = new SchemaRegistry();
    const changed = registrationOf('root.plant.pump', { on: DataType.TEXT, flow: DataType.FLOAT });
    const [, answer] = register(registry, pump, changed);
    expect(answer).toEqual({
      status: StatusCode.DATA_TYPE_MISMATCH,
      message: 'root.plant.pump: on is already registered as BOOLEAN',
    });
    expect(typesOf(registry, 'root.plant.pump')).toEqual([
      ['pressure', DataType.DOUBLE],
      ['on', DataType.BOOLEAN],
      ['flow', DataType.FLOAT],
    ]);
  });

  it('finds a conflict within one command', () => {
    const registry = new SchemaRegistry();
    const twice = registrationOf('root.d', { s: DataType.INT32, '`s`': DataType.TEXT });
    expect(register(registry, twice)[0]?.status).toBe(StatusCode.DATA_TYPE_MISMATCH);
    expect(registry.dataTypeOf('root.d', 's')).toBe(DataType.INT32);
  });

  it('lists by prefix, in order, up to a limit', () => {
    const registry = new SchemaRegistry();
    const d = { b: DataType.INT32, a: DataType.FLOAT };
    register(registry, registrationOf('root.y.d', d), registrationOf('root.x.e', d), registrationOf('root.x.d', d));
    const names = registry.list('root.x.**', 3).map(({ device, measurement }) => `${device}.${measurement}`);
    expect(names).toEqual(['root.x.d.a', 'root.x.d.b', 'root.x.e.a']);
    expect(registry.list('root.y.d', 10)).toEqual([
      { device: 'root.y.d', measurement: 'a', dataType: DataType.FLOAT },
      { device: 'root.y.d', measurement: 'b', dataType: DataType.INT32 },
    ]);
    expect(registry.list('root.z.**', 10)).toEqual([]);
    expect(() => registry.list('x', 1)).toThrow(expect.objectContaining({ code: 'ILLEGAL_PATH' }));
  });

  it('refuses illegal names and too many series, whole', () => {
    const registry = new SchemaRegistry({ seriesMax: 2 });
    const answers = register(
      registry,
      registrationOf('plant', { s: DataType.INT32 }),
      registrationOf('root.d', { s: DataType.INT32, 'a.b': DataType.INT32 }),
      registrationOf('root.d', { a: DataType.INT32, b: DataType.INT32, c: DataType.INT32 }),
    );
    const { ILLEGAL_PATH, METADATA_ERROR } = StatusCode;
    expect(answers.map(({ status }) => status)).toEqual([ILLEGAL_PATH, ILLEGAL_PATH, METADATA_ERROR]);
    expect(registry.statistics()).toEqual({ databases: 0, devices: 0, series: 0, appliedIndex: 3 });
  });

  it('has a checksum of its content, whatever the order', () => {
    const fan = registrationOf('root.plant.fan', { on: DataType.BOOLEAN });
    const [one, other, less] = [new SchemaRegistry(), new SchemaRegistry(), new SchemaRegistry()];
    register(one, pump, fan);
    register(other, fan, pump, fan);
    register(less, pump);
    expect(one.checksum()).toBe(other.checksum());
    expect(one.checksum()).not.toBe(less.checksum());
  });

  it('survives any bytes', () => {
    const command = encodeRegisterSeries(pump);
    const damaged = fc.tuple(fc.nat(command.length - 1), fc.nat(255), fc.nat(command.length));
    fc.assert(
      fc.property(damaged, ([at, byte, length]) => {
        const copy = Uint8Array.from(command);
        copy[at] = byte;
        const answer = new SchemaRegistry().apply(1, copy.subarray(0, length));
        const { status } = decodeCommandResult(Buffer.from(answer));
        const { SUCCESS, ILLEGAL_PARAMETER, ILLEGAL_PATH, DATA_TYPE_MISMATCH } = StatusCode;
        expect([SUCCESS, ILLEGAL_PARAMETER, ILLEGAL_PATH, DATA_TYPE_MISMATCH]).toContain(status);
      }),
      { numRuns: 1000 },
    );
  });

  it('encodes only what can be decoded', () => {
    expect(() => encodeRegisterSeries({ device: 'root.d', measurements: ['s'], dataTypes: [] })).toThrow('1 measure');
    const many = Array.from({ length: 5000 }, (_, i) => `s${i}`);
    const dataTypes = many.map(() => DataType.INT32);
    expect(() => encodeRegisterSeries({ device: 'root.d', measurements: many, dataTypes })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });
});
