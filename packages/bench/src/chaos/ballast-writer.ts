import type { BalsaClient } from '@balsa/client';
import type { Ballast } from './chaos-cluster.ts';
import { Outcome } from './ledger.ts';
import { type OverwrittenDevice, overwritingTablet, withBallast } from './overwritten.ts';
import { outcomeOf } from './write-outcome.ts';

const ballast = 'b'.repeat(512 * 1024);
/** Far more than a log has ready ahead of need; whoever has not noticed a full disk by then will not. */
const tabletsMax = 2_000;
const timeoutMs = 2_000;

/** Fills logs quickly, and the stores hardly at all. */
export class BallastWriter implements Ballast {
  readonly device: OverwrittenDevice;
  readonly #client: BalsaClient;

  constructor(client: BalsaClient, ledger: OverwrittenDevice['ledger']) {
    this.#client = client;
    this.device = { ledger, cells: 2 };
  }

  /** Never rejects. */
  async writeUntil(stop: AbortSignal): Promise<void> {
    const { ledger } = this.device;
    for (let tablets = 0; tablets < tabletsMax && !stop.aborted; tablets++) {
      const sent = ledger.send(1);
      try {
        await this.#client.insertTablet(withBallast(overwritingTablet(ledger, sent), ballast), { timeoutMs });
        sent.outcome = Outcome.acknowledged;
      } catch (error) {
        sent.outcome = outcomeOf(error);
      }
    }
  }
}
