// How late this process does what is due: a timer that fires late shows what every message and every answer waits for. Like all
// statistics, it is measured while somebody looks.

import { type Clock, type Distribution, type StatisticsSettings, WindowedDistribution } from '@balsa/replica';

export type EventLoopDelaySettings = Pick<StatisticsSettings, 'windowMs' | 'forgetAfterMs'>;

const periodMs = 50;

export class EventLoopDelay {
  readonly #clock: Pick<Clock, 'nowMs' | 'every'>;
  readonly #settings: EventLoopDelaySettings;
  #delayMs: WindowedDistribution | undefined;
  #stopTicking: () => void = () => {};
  #sinceMs = 0;
  #tickedMs = 0;
  #lookedAtMs = 0;

  constructor(clock: Pick<Clock, 'nowMs' | 'every'>, settings: EventLoopDelaySettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** The first look begins to measure, so it finds nothing. */
  report(): Distribution {
    const nowMs = this.#clock.nowMs();
    this.#lookedAtMs = nowMs;
    return (this.#delayMs ?? this.#begin(nowMs)).report(nowMs, this.#sinceMs);
  }

  stop(): void {
    this.#stopTicking();
    this.#delayMs = undefined;
  }

  #begin(nowMs: number): WindowedDistribution {
    const delayMs = WindowedDistribution.ofMs(this.#settings.windowMs);
    this.#delayMs = delayMs;
    this.#sinceMs = nowMs;
    this.#tickedMs = nowMs;
    this.#stopTicking = this.#clock.every(periodMs, () => this.#tick(delayMs));
    return delayMs;
  }

  #tick(delayMs: WindowedDistribution): void {
    const nowMs = this.#clock.nowMs();
    delayMs.record(nowMs - this.#tickedMs - periodMs, nowMs);
    this.#tickedMs = nowMs;
    if (nowMs - this.#lookedAtMs >= this.#settings.forgetAfterMs) this.stop();
  }
}
