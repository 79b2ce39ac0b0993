// What the engine must show after some commands, said as plainly as possible: maps of points, one at a time.

import { type DataType, decodeTablet, encodeInsertTablet, type Tablet } from '@balsa/wire';
import {
  type CreateSeries,
  DataOperation,
  type DeleteRange,
  decodeAdvanceClock,
  decodeCreateSeries,
  decodeDeleteRange,
  decodeDeleteSeries,
  decodeSetTtl,
  decodeUnsetTtl,
  encodeAdvanceClock,
  encodeCreateSeries,
  encodeDeleteRange,
  encodeDeleteSeries,
  encodeSetTtl,
  encodeUnsetTtl,
  type SetTtl,
} from '../../data-command.ts';
import { NaiveStore, type Value } from '../../testing/naive-store.ts';

export type Command =
  | { readonly kind: 'insert'; readonly tablet: Tablet }
  | { readonly kind: 'deleteRange'; readonly range: DeleteRange }
  | { readonly kind: 'deleteSeries'; readonly patterns: readonly string[] }
  | { readonly kind: 'create'; readonly series: CreateSeries }
  | { readonly kind: 'setTtl'; readonly rule: SetTtl }
  | { readonly kind: 'unsetTtl'; readonly path: string }
  | { readonly kind: 'clock'; readonly nowMs: number };

export function encodeCommand(command: Command): Buffer {
  switch (command.kind) {
    case 'insert':
      return encodeInsertTablet(command.tablet);
    case 'deleteRange':
      return encodeDeleteRange(command.range);
    case 'deleteSeries':
      return encodeDeleteSeries(command.patterns);
    case 'create':
      return encodeCreateSeries(command.series);
    case 'setTtl':
      return encodeSetTtl(command.rule);
    case 'unsetTtl':
      return encodeUnsetTtl(command.path);
    case 'clock':
      return encodeAdvanceClock(command.nowMs);
  }
}

export function decodeCommand(bytes: Buffer): Command {
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case DataOperation.insertTablet:
      return { kind: 'insert', tablet: decodeTablet(body) };
    case DataOperation.deleteRange:
      return { kind: 'deleteRange', range: decodeDeleteRange(body) };
    case DataOperation.deleteSeries:
      return { kind: 'deleteSeries', patterns: decodeDeleteSeries(body) };
    case DataOperation.createSeries:
      return { kind: 'create', series: decodeCreateSeries(body) };
    case DataOperation.setTtl:
      return { kind: 'setTtl', rule: decodeSetTtl(body) };
    case DataOperation.unsetTtl:
      return { kind: 'unsetTtl', path: decodeUnsetTtl(body) };
    case DataOperation.advanceClock:
      return { kind: 'clock', nowMs: decodeAdvanceClock(body) };
    default:
      throw new RangeError(`there is no operation ${bytes[0]}`);
  }
}

/** By device, measurement and time. */
export type Content = Map<string, { readonly type: DataType; readonly points: [number, Value][] }>;

export function naiveContent(commands: readonly Command[]): Content {
  const store = new NaiveStore();
  const rules = new Map<string, number>();
  const aligned = new Map<string, boolean>();
  let clockMs = Number.NEGATIVE_INFINITY;
  const floorOf = (device: string): number => {
    const around = [...rules].filter(([path]) => path.endsWith('.**') && `${device}.`.startsWith(path.slice(0, -2)));
    const [longest] = around.sort(([a], [b]) => b.length - a.length);
    const ttlMs = rules.get(device) ?? longest?.[1];
    return ttlMs === undefined ? Number.NEGATIVE_INFINITY : clockMs - ttlMs;
  };
  const expire = (): void => {
    for (const [device, series] of store.devices) {
      for (const { points } of series.values()) {
        for (const time of [...points.keys()]) if (time < floorOf(device)) points.delete(time);
      }
    }
  };
  const eachOf = (patterns: readonly string[], visit: (device: string, measurement: string) => void): void => {
    for (const [device, series] of [...store.devices]) {
      for (const measurement of [...series.keys()]) {
        if (patterns.some((it) => formOf(it).test(`${device}.${measurement}`))) visit(device, measurement);
      }
    }
  };
  for (const command of commands) {
    switch (command.kind) {
      case 'insert':
        store.insert(command.tablet);
        break;
      case 'deleteRange': {
        const { patterns, startMs, endMs } = command.range;
        eachOf(patterns, (device, measurement) => {
          const { points } = store.series(device, measurement)!;
          for (const time of [...points.keys()]) if (time >= startMs && time < endMs) points.delete(time);
        });
        break;
      }
      case 'deleteSeries':
        eachOf(command.patterns, (device, measurement) => {
          const series = store.devices.get(device)!;
          series.delete(measurement);
          if (series.size > 0) return;
          store.devices.delete(device);
          aligned.delete(device);
        });
        break;
      case 'create': {
        const { device, isAligned, measurements, dataTypes } = command.series;
        const series = store.devices.get(device) ?? new Map();
        if (series.size === 0) aligned.set(device, isAligned);
        for (const [i, it] of measurements.entries()) {
          if (!series.has(it)) series.set(it, { type: dataTypes[i]!, points: new Map() });
        }
        if (series.size > 0) store.devices.set(device, series);
        break;
      }
      case 'setTtl':
        expire();
        rules.set(command.rule.path, command.rule.ttlMs);
        break;
      case 'unsetTtl':
        expire();
        rules.delete(command.path);
        break;
      case 'clock':
        clockMs = Math.max(clockMs, command.nowMs);
        break;
    }
  }
  expire();
  const content: Content = new Map();
  for (const [device, series] of store.devices) {
    for (const [measurement, { type, points }] of series) {
      content.set(`${device}.${measurement}`, { type, points: [...points].sort(([a], [b]) => a - b) });
    }
  }
  return content;
}

function formOf(pattern: string): RegExp {
  const nodes = pattern.split('.').map((node) => {
    if (node === '**') return '.+';
    return node === '*' ? '[^.]+' : node.replaceAll('*', '[^.]*');
  });
  return new RegExp(`^${nodes.join('\\.')}$`);
}
