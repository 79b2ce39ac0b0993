// Which way to feed followers, chosen from how the last choices turned out. Directly is best as long as the network is not full: one hop,
// and nothing to compute. When the leader's link seems to be full (which a busy processor looks like, too), another way is tried for a
// moment, and kept only if more comes through or sooner. What did not help is tried again after ever longer pauses.

export type DispatchMode = 'direct' | 'relay' | 'coded';

/** What the leader sees when it looks. */
export interface Situation {
  /** Even to the quickest follower messages take far longer than they can. */
  readonly linkSeemsFull: boolean;
  /** Some follower lacks something that was sent before the last change. */
  readonly isSettling: boolean;
  /** Other ways that are possible now, the most promising first. */
  readonly alternatives: readonly DispatchMode[];
  /** What this node sends to others. */
  readonly outgoingBytesPerSecond: number;
  readonly followers: number;
}

/** What came through in a stretch of time. */
interface Yield {
  readonly bytesPerSecond: number;
  /** From proposal to commitment, on average; `undefined`: nothing was committed. */
  readonly commitMs: number | undefined;
}

/** How long one way is measured, and how long at most what was under way before may take, which went the other. */
const measureMs = 700;
const settleMsMax = 10_000;
/** More by this part, or as much and sooner by this part, is better. */
const gain = 0.1;
const pauseFirstMs = 5_000;
const pauseMaxMs = 300_000;
/** Back to the direct way when all followers together need less than this part of what the link has shown to give. */
const easyPart = 0.6;

export class AutoChoice {
  #mode: DispatchMode = 'direct';
  #phase: 'steady' | 'settling' | 'measuring' = 'steady';
  #untilMs = 0;
  #bytes = 0;
  #commitMs = 0;
  #commits = 0;
  #sinceMs = 0;
  #baseline: { readonly mode: DispatchMode; readonly yield: Yield } | undefined;
  /** The most that this node has sent while its link seemed full. */
  #linkBytesPerSecond = 0;
  /** At the end of the stretch before: what was measured since was measured of a full link. */
  #seemedFull = false;
  readonly #trials = new Map<DispatchMode, { readonly failures: number; readonly notBeforeMs: number }>();
  #reason = 'the network is not full';

  get mode(): DispatchMode {
    return this.#mode;
  }

  /** For people: why this way. */
  get reason(): string {
    return this.#reason;
  }

  /** A batch of so many bytes was committed so long after it was proposed. */
  committed(bytes: number, ms: number): void {
    this.#bytes += bytes;
    this.#commitMs += ms;
    this.#commits++;
  }

  /** Looks at what has come through, several times a second; true: from now on another way. */
  look(nowMs: number, situation: Situation): boolean {
    const before = this.#mode;
    if (situation.linkSeemsFull) {
      this.#linkBytesPerSecond = Math.max(this.#linkBytesPerSecond, situation.outgoingBytesPerSecond);
    }
    const isOver = nowMs >= this.#untilMs;
    if (this.#phase === 'settling') {
      const next = this.#baseline === undefined ? 'steady' : 'measuring';
      if (isOver || !situation.isSettling) this.#begin(next, nowMs, measureMs);
    } else if (isOver) {
      if (this.#phase === 'steady') this.#considerChange(nowMs, situation);
      else this.#judge(nowMs);
    }
    return this.#mode !== before;
  }

  #begin(phase: 'steady' | 'settling' | 'measuring', nowMs: number, ms: number): void {
    this.#phase = phase;
    this.#untilMs = nowMs + ms;
    this.#sinceMs = nowMs;
    this.#bytes = 0;
    this.#commitMs = 0;
    this.#commits = 0;
  }

  #considerChange(nowMs: number, situation: Situation): void {
    const yielded = this.#yield(nowMs);
    this.#begin('steady', nowMs, measureMs);
    const { linkSeemsFull, alternatives, followers } = situation;
    if (this.#mode !== 'direct') {
      const isEasy = yielded.bytesPerSecond * followers < easyPart * this.#linkBytesPerSecond;
      if (isEasy || !alternatives.includes(this.#mode)) {
        this.#change('direct', nowMs, isEasy ? 'the link can carry everything' : `${this.#mode} is not possible now`);
        return;
      }
    }
    const seemedFull = this.#seemedFull;
    this.#seemedFull = linkSeemsFull;
    if (!linkSeemsFull || !seemedFull || yielded.commitMs === undefined) return;
    const next = alternatives.find((mode) => mode !== this.#mode && this.#mayTry(mode, nowMs));
    if (next === undefined) return;
    this.#baseline = { mode: this.#mode, yield: yielded };
    this.#change(next, nowMs, `tried, for the link seems full with ${this.#mode}`);
  }

  #judge(nowMs: number): void {
    const yielded = this.#yield(nowMs);
    const { mode, yield: before } = this.#baseline!;
    const tried = this.#mode;
    const comparison = `${describe(yielded)} with ${tried}, ${describe(before)} with ${mode}`;
    if (isBetter(yielded, before)) {
      this.#trials.delete(tried);
      // What was left behind is not tried again at once, nor given up for good.
      this.#trials.set(mode, { failures: 1, notBeforeMs: nowMs + 2 * pauseFirstMs });
      this.#reason = comparison;
      this.#baseline = undefined;
      this.#begin('steady', nowMs, measureMs);
      return;
    }
    const failures = (this.#trials.get(tried)?.failures ?? 0) + 1;
    const pauseMs = Math.min(pauseFirstMs * 2 ** failures, pauseMaxMs);
    this.#trials.set(tried, { failures, notBeforeMs: nowMs + pauseMs });
    this.#baseline = undefined;
    this.#change(mode, nowMs, comparison);
  }

  #change(mode: DispatchMode, nowMs: number, reason: string): void {
    this.#mode = mode;
    this.#reason = reason;
    this.#seemedFull = false;
    this.#begin('settling', nowMs, settleMsMax);
  }

  #mayTry(mode: DispatchMode, nowMs: number): boolean {
    return nowMs >= (this.#trials.get(mode)?.notBeforeMs ?? 0);
  }

  #yield(nowMs: number): Yield {
    const seconds = Math.max(1, nowMs - this.#sinceMs) / 1000;
    const commitMs = this.#commits === 0 ? undefined : this.#commitMs / this.#commits;
    return { bytesPerSecond: this.#bytes / seconds, commitMs };
  }
}

function isBetter(now: Yield, before: Yield): boolean {
  if (now.bytesPerSecond >= before.bytesPerSecond * (1 + gain)) return true;
  if (now.bytesPerSecond < before.bytesPerSecond * (1 - gain) || now.commitMs === undefined) return false;
  return before.commitMs !== undefined && now.commitMs <= before.commitMs * (1 - 2 * gain);
}

function describe({ bytesPerSecond, commitMs }: Yield): string {
  const megabytes = (bytesPerSecond / 1e6).toFixed(1);
  return commitMs === undefined ? 'nothing' : `${megabytes} MB/s, committed after ${commitMs.toFixed(1)} ms`;
}
