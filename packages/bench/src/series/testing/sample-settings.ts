import type { ContestSettings } from '../start-targets.ts';

/** 100,000 points. */
export const sampleSettings: ContestSettings = {
  shape: {
    devices: 10,
    sensors: 10,
    rows: 1000,
    batchRows: 100,
    outOfOrderPercent: 0,
    intervalMs: 1000,
    kind: 'mixed',
    seed: 1,
  },
  clients: 2,
  nodes: [1],
  protocols: ['http'],
  durability: 'sync',
  aligned: false,
  peers: ['influxdb'],
};
