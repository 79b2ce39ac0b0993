import { describe, expect, it } from 'vitest';
import { canonicalDevice, canonicalMeasurement, devicePattern, pathCharsMax } from './path.ts';

describe('canonicalDevice', () => {
  it.each([
    ['root.a', 'root.a'],
    ['root.plant_1.line.温度', 'root.plant_1.line.温度'],
    ['root.`a`.b', 'root.a.b'],
    ['root.`1`.b', 'root.`1`.b'],
    ['root.`a.b`', 'root.`a.b`'],
    ['root.`it``s`', 'root.`it``s`'],
    ['root.1a', 'root.1a'],
  ])('accepts %s as %s', (path, canonical) => {
    expect(canonicalDevice(path)).toBe(canonical);
    expect(canonicalDevice(canonical)).toBe(canonical);
  });

  it.each([
    '',
    'root',
    'plant.a',
    'root.',
    'root..a',
    '.root.a',
    'root.a.',
    'root.1',
    'root.1e5',
    'root.a-b',
    'root.*',
  ])('refuses "%s"', (path) => {
    expect(canonicalDevice(path)).toBeUndefined();
  });

  it.each(['root.`a', 'root.``', 'root.`a``', 'root.`a`b', 'root.a`b`', 'ROOT.a'])('refuses "%s"', (path) => {
    expect(canonicalDevice(path)).toBeUndefined();
  });

  it('bounds the length', () => {
    const longest = `root.${'a'.repeat(pathCharsMax - 5)}`;
    expect(canonicalDevice(longest)).toBe(longest);
    expect(canonicalDevice(`${longest}a`)).toBeUndefined();
  });
});

describe('canonicalMeasurement', () => {
  it('accepts one node only', () => {
    expect(canonicalMeasurement('temperature')).toBe('temperature');
    expect(canonicalMeasurement('`a.b`')).toBe('`a.b`');
    expect(canonicalMeasurement('a.b')).toBeUndefined();
    expect(canonicalMeasurement('7')).toBeUndefined();
  });
});

describe('devicePattern', () => {
  it('tells one device from everything below a prefix', () => {
    expect(devicePattern('root.a.b')).toEqual({ kind: 'device', device: 'root.a.b' });
    expect(devicePattern('root.`a`.**')).toEqual({ kind: 'below', prefix: 'root.a.' });
    expect(devicePattern('root.**')).toEqual({ kind: 'below', prefix: 'root.' });
  });

  it.each(['**', 'a.**', 'root**', 'root.*.**', 'root.**.a'])('refuses "%s"', (pattern) => {
    expect(devicePattern(pattern)).toBeUndefined();
  });
});
