import { expect, test } from 'vitest';
import { checkDataShape, type DataKind, type DataShape, endMs, kindOf, pointsOf, startMs } from './data-shape.ts';
import { valueSource } from './value-source.ts';

function shapeOf(kind: DataKind): DataShape {
  return { devices: 2, sensors: 6, rows: 1000, batchRows: 100, outOfOrderPercent: 0, intervalMs: 1000, kind, seed: 1 };
}

function valuesOf(kind: DataKind, device = 0, sensor = 0): number[] {
  const source = valueSource(shapeOf(kind), device, sensor);
  return Array.from({ length: 1000 }, () => source.next());
}

function changes(values: readonly number[]): number {
  return values.filter((value, i) => i > 0 && value !== values[i - 1]).length;
}

test('counters are whole and never fall', () => {
  const values = valuesOf('counter');
  expect(values.every(Number.isSafeInteger)).toBe(true);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(values.at(-1)).toBeGreaterThan(values[0]!);
});

test('gauges have two digits, stand often and walk slowly', () => {
  const values = valuesOf('gauge');
  expect(values.every((value) => value === Math.round(value * 100) / 100)).toBe(true);
  expect(changes(values)).toBeGreaterThan(100);
  expect(changes(values)).toBeLessThan(500);
  expect(Math.max(...values.map((value, i) => (i === 0 ? 0 : Math.abs(value - values[i - 1]!))))).toBeLessThan(0.031);
});

test('noise is around its mean, and no two values are the same', () => {
  const values = valuesOf('noisy');
  expect(new Set(values).size).toBe(1000);
  expect(values.reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(100, -1);
});

test('states are few and seldom change', () => {
  const values = valuesOf('states');
  expect(new Set(values).size).toBeLessThanOrEqual(8);
  expect(changes(values)).toBeGreaterThan(0);
  expect(changes(values)).toBeLessThan(60);
});

test('every series is another one, and sensors take turns where kinds are mixed', () => {
  const series = [0, 1].flatMap((device) => [0, 1].map((sensor) => valuesOf('gauge', device, sensor).join()));
  expect(new Set(series).size).toBe(4);
  expect([0, 1, 2, 3, 4].map((sensor) => kindOf(shapeOf('mixed'), sensor))).toEqual([
    'counter',
    'gauge',
    'noisy',
    'states',
    'counter',
  ]);
});

test('a shape knows its size, and is refused if it is too large or reaches into the future', () => {
  const shape = shapeOf('mixed');
  expect(pointsOf(shape)).toBe(12_000);
  expect(endMs(shape)).toBe(startMs + 1_000_000);
  const nowMs = startMs + 2_000_000;
  expect(() => checkDataShape(shape, nowMs)).not.toThrow();
  for (const wrong of [{ intervalMs: 3000 }, { devices: 1_000_000 }, { batchRows: 100_000 }]) {
    expect(() => checkDataShape({ ...shape, ...wrong }, nowMs)).toThrow(
      expect.objectContaining({ code: 'ILLEGAL_ARGUMENT' }),
    );
  }
});
