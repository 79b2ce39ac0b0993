// Which databases are compared, and how each is started.

import { join } from 'node:path';
import type { Durability } from '@balsa/replica';
import { type BalsaProtocol, balsaName, startBalsaSeries } from './balsa-series.ts';
import type { DataShape } from './data-shape.ts';
import { findInflux, startInfluxSeries } from './influx-series.ts';
import type { SeriesTarget } from './series-target.ts';
import { findVictoria, startVictoriaSeries } from './victoria-series.ts';

export const seriesPeers = ['victoria-metrics', 'influxdb'] as const;
export type SeriesPeer = (typeof seriesPeers)[number];

export interface ContestSettings {
  readonly shape: DataShape;
  /** Each writes, or asks, one after the other. */
  readonly clients: number;
  /** Balsa with so many nodes, each a system of its own. */
  readonly nodes: readonly number[];
  /** Balsa written to in these ways, each a system of its own. */
  readonly protocols: readonly BalsaProtocol[];
  readonly durability: Durability;
  readonly aligned: boolean;
  readonly peers: readonly SeriesPeer[];
}

export interface Contestant {
  readonly system: string;
  /** With its data below `folder`, which is empty. */
  start(folder: string, signal: AbortSignal): Promise<SeriesTarget>;
}

/** Balsa first; the first of its kind is the one that others are compared with. Throws PEER_MISSING. */
export function contestantsOf(settings: ContestSettings): readonly Contestant[] {
  const { shape, clients: connections, nodes, protocols, durability, aligned, peers } = settings;
  for (const peer of peers) peerPrograms[peer]();
  const balsas = nodes.flatMap((count) =>
    protocols.map((protocol): Contestant => {
      const place = { nodes: count, protocol, durability, aligned, connections };
      const system = balsaName(place);
      return {
        system,
        start: (folder, signal) => startBalsaSeries({ ...place, folder: join(folder, system) }, shape, signal),
      };
    }),
  );
  const others = peers.map((system): Contestant => {
    return {
      system,
      start: (folder, signal) => peerStarts[system]({ connections, folder: join(folder, system) }, shape, signal),
    };
  });
  return [...balsas, ...others];
}

const peerPrograms: Readonly<Record<SeriesPeer, () => string>> = {
  'victoria-metrics': findVictoria,
  influxdb: findInflux,
};

const peerStarts: Readonly<Record<SeriesPeer, typeof startVictoriaSeries>> = {
  'victoria-metrics': startVictoriaSeries,
  influxdb: startInfluxSeries,
};
