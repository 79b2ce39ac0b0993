import type { Durability } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { checkLoadSpec } from '../load/spec.ts';
import type { EtcdClient } from '../targets/etcd-target.ts';
import type { Workload } from '../targets/target.ts';

export const peers = ['etcd', 'nats'] as const;
export type Peer = (typeof peers)[number];

/** What a write benchmark is asked to do; repeated in its report. */
export interface WritesSettings extends Workload {
  readonly nodes: number;
  readonly rounds: number;
  /** Of Balsa; peers run with their own default. */
  readonly durability: Durability;
  readonly peer: Peer | null;
  readonly etcdClient: EtcdClient;
}

const nodesMax = 7;
/** A stream of JetStream has no more replicas. */
const natsNodesMax = 5;
const roundsMax = 1000;

/** Throws ILLEGAL_ARGUMENT. */
export function checkWritesSettings(settings: WritesSettings): void {
  checkLoadSpec({ addresses: [], ...settings });
  inRange('nodes', settings.nodes, settings.peer === 'nats' ? natsNodesMax : nodesMax);
  inRange('rounds', settings.rounds, roundsMax);
}

function inRange(name: string, value: number, maximum: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > maximum) {
    throw new BenchError('ILLEGAL_ARGUMENT', `${name} must be a whole number from 1 to ${maximum}, not ${value}`);
  }
}
