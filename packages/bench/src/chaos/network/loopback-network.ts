import type { ChaosNetwork, LinkFault } from './chaos-network.ts';

/** Nodes talk to each other directly, on loopback; no plan asks it for a fault. */
export class LoopbackNetwork implements ChaosNetwork {
  readonly kind = 'loopback';
  readonly faults: ReadonlySet<LinkFault> = new Set();

  hostOf(): string {
    return '127.0.0.1';
  }

  launcherOf(): readonly string[] {
    return [];
  }

  peerAddress(_from: number, _to: number, peer: string): string {
    return peer;
  }

  cut(): Promise<void> {
    return Promise.resolve();
  }

  mend(): Promise<void> {
    return Promise.resolve();
  }

  cap(): Promise<void> {
    return Promise.resolve();
  }

  delay(): Promise<void> {
    return Promise.resolve();
  }

  remove(): void {}
}
