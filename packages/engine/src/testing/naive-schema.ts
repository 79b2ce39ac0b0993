// The schema registry, the dumb way: lists that are searched from end to end, and patterns as regular expressions.

import { type DataType, StatusCode } from '@balsa/wire';
import { canonicalNodes } from '../path.ts';
import type { SchemaCommand } from '../schema/schema-command.ts';

export interface NaiveSeries {
  readonly device: string;
  readonly measurement: string;
  readonly dataType: DataType;
  readonly isAligned: boolean;
  readonly alias: string | undefined;
}

export class NaiveSchema {
  databases: string[] = [];
  series: NaiveSeries[] = [];
  ttls: [path: string, ttlMs: number][] = [];

  /** The status of the answer. */
  apply(command: SchemaCommand): StatusCode {
    switch (command.kind) {
      case 'registerSeries': {
        if (!isDevice(command.device)) return StatusCode.ILLEGAL_PATH;
        const fresh: NaiveSeries[] = [];
        let isConflict = false;
        for (const [i, dataType] of command.dataTypes.entries()) {
          const measurement = command.measurements[i]!;
          const known = [...this.series, ...fresh].find(
            (series) => series.device === command.device && series.measurement === measurement,
          );
          if (known === undefined) {
            const isAligned = this.#isAligned(command.device) ?? command.isAligned ?? false;
            fresh.push({ device: command.device, measurement, dataType, isAligned, alias: undefined });
          } else if (known.dataType !== dataType) isConflict = true;
        }
        const status = this.#add(command.device, fresh);
        return isConflict && status === StatusCode.SUCCESS ? StatusCode.DATA_TYPE_MISMATCH : status;
      }
      case 'createSeries': {
        if (!isDevice(command.device)) return StatusCode.ILLEGAL_PATH;
        const { device, isAligned } = command;
        if ((this.#isAligned(device) ?? isAligned) !== isAligned) return StatusCode.ALIGNED_TIMESERIES_ERROR;
        const fresh: NaiveSeries[] = [];
        for (const { measurement, dataType, alias, tags } of command.definitions) {
          const taken = [...this.series, ...fresh]
            .filter((series) => series.device === device)
            .flatMap((series) => [series.measurement, series.alias]);
          if (taken.includes(measurement) || (alias !== undefined && taken.includes(alias))) {
            return StatusCode.TIMESERIES_ALREADY_EXIST;
          }
          if (new Set(tags.map(([key]) => key)).size < tags.length) return StatusCode.METADATA_ERROR;
          fresh.push({ device, measurement, dataType, isAligned, alias });
        }
        return this.#add(device, fresh);
      }
      case 'createDatabase': {
        const { path, ttlMs } = command;
        if (!isDevice(path)) return StatusCode.ILLEGAL_PATH;
        if (this.databases.some((other) => isWithin(path, other) || isWithin(other, path))) {
          return StatusCode.DATABASE_ALREADY_EXISTS;
        }
        this.databases.push(path);
        if (ttlMs !== undefined) this.#setTtl(`${path}.**`, ttlMs);
        return StatusCode.SUCCESS;
      }
      case 'dropDatabases': {
        const dropped = this.databases.filter((path) => command.patterns.some((pattern) => takes(pattern, path)));
        if (dropped.length === 0) return StatusCode.DATABASE_NOT_EXIST;
        const isDropped = (path: string) => dropped.some((database) => isWithin(path, database));
        this.databases = this.databases.filter((path) => !dropped.includes(path));
        this.series = this.series.filter(({ device }) => !isDropped(device));
        this.ttls = this.ttls.filter(([path]) => !dropped.some((database) => path.startsWith(`${database}.`)));
        return StatusCode.SUCCESS;
      }
      case 'dropSeries': {
        const taken = command.patterns.map((pattern) => this.matching(pattern));
        if (taken.some((series) => series.length === 0)) return StatusCode.PATH_NOT_EXIST;
        this.series = this.series.filter((series) => !taken.flat().includes(series));
        return StatusCode.SUCCESS;
      }
      case 'setTtl': {
        const path = this.#rule(command.path);
        if (path === undefined) return StatusCode.ILLEGAL_PATH;
        if (command.ttlMs === 0) return StatusCode.ILLEGAL_PARAMETER;
        this.#setTtl(path, command.ttlMs);
        return StatusCode.SUCCESS;
      }
      case 'unsetTtl': {
        const path = this.#rule(command.path);
        if (path === undefined) return StatusCode.ILLEGAL_PATH;
        this.ttls = this.ttls.filter(([rule]) => rule !== path);
        return StatusCode.SUCCESS;
      }
    }
  }

  /** By path. */
  matching(pattern: string): NaiveSeries[] {
    return this.series
      .filter(({ device, measurement }) => takes(pattern, `${device}.${measurement}`))
      .sort((a, b) => (`${a.device}.${a.measurement}` < `${b.device}.${b.measurement}` ? -1 : 1));
  }

  ttlMsOf(device: string): number | undefined {
    const rules = this.ttls.filter(([path]) => path === device || takes(path, `${device}.x`));
    const weight = (path: string) => (path === device ? Number.POSITIVE_INFINITY : path.length);
    return rules.sort(([a], [b]) => weight(b) - weight(a))[0]?.[1];
  }

  #isAligned(device: string): boolean | undefined {
    return this.series.find((series) => series.device === device)?.isAligned;
  }

  #add(device: string, fresh: readonly NaiveSeries[]): StatusCode {
    if (fresh.length === 0) return StatusCode.SUCCESS;
    if (!this.databases.some((database) => isWithin(device, database))) {
      const first = canonicalNodes(device)!.slice(0, 2).join('.');
      if (this.databases.some((database) => isWithin(database, first))) return StatusCode.DATABASE_NOT_EXIST;
      this.databases.push(first);
    }
    this.series.push(...fresh);
    return StatusCode.SUCCESS;
  }

  #rule(path: string): string | undefined {
    if (path.endsWith('.**')) return /\*/.test(path.slice(0, -2)) ? undefined : path;
    if (path.includes('*')) return undefined;
    return this.databases.includes(path) ? `${path}.**` : path;
  }

  #setTtl(path: string, ttlMs: number): void {
    this.ttls = [...this.ttls.filter(([rule]) => rule !== path), [path, ttlMs]];
  }
}

function isDevice(path: string): boolean {
  return path.startsWith('root.');
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}

/** Names in tests have a dot or a quote only inside quotes, and no other quotes. */
export function takes(pattern: string, path: string): boolean {
  const nodes = [...pattern.matchAll(/`[^`]*`|[^.`]+/g)].map(([text]) => {
    if (text === '**') return String.raw`(?:\.(?:\x60[^\x60]*\x60|[^.\x60]+))+`;
    if (!text.includes('*')) return String.raw`\.${text.replaceAll(/[.`]/g, String.raw`\$&`)}`;
    const inner = text.replaceAll('*', String.raw`[^.\x60]*`);
    const quoted = text.replaceAll('*', String.raw`[^\x60]*`);
    return String.raw`\.(?:${inner}|\x60${quoted}\x60)`;
  });
  const [root, ...rest] = nodes;
  return new RegExp(`^${(root ?? '').slice(2)}${rest.join('')}$`).test(path);
}
