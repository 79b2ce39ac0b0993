// Which way to feed followers, chosen from how the last choices turned out. Directly is best as long as the network is not full: one hop,
// and nothing to compute. When the leader's link seems to be full (which a busy processor at the followers looks like, too), another way is
// tried for a moment, and kept only if more comes through or sooner. What did not help is tried again after ever longer pauses; and what
// sends more than the present way, over a link that this one fills, is not tried at all.
//
// On a full link what comes through in a second is some more or some less than in the next, by a quarter and more. So the present way is
// known by several stretches, and a trial goes on for as many, unless it is clear before.

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
  /** How often the leader sends each batch, or as much as it has, in each way. */
  readonly copies: Readonly<Record<DispatchMode, number>>;
}

/** What came of a way when it was used last. */
export interface WayReport {
  readonly mode: DispatchMode;
  readonly bytesPerSecond: number;
  /** From proposal to commitment, on average; `undefined`: nothing was committed. */
  readonly commitMs: number | undefined;
  /** How long ago that was measured. */
  readonly measuredAgoMs: number;
  /** How often in a row it was tried in vain, and for how long it is not to be tried again; 0: it may be. */
  readonly failures: number;
  readonly pausesForMs: number;
}

/** What came through in a stretch of time. */
interface Yield {
  readonly ms: number;
  readonly bytes: number;
  readonly commits: number;
  /** From proposal to commitment, all together. */
  readonly commitMs: number;
}

const nothing: Yield = { ms: 0, bytes: 0, commits: 0, commitMs: 0 };

/** How long a stretch is, of how many a way is known, and for how many a trial goes on. */
const stretchMs = 700;
const stretchesMax = 4;
/** How long at most what was under way before a change may take, which went the other way. */
const settleMsMax = 10_000;
/** More by this part is better; or as much, but for half of this part, and sooner by twice this part. */
const gain = 0.1;
/** More by this factor, or less, is clear at once. */
const clearlyMore = 1.5;
const clearlyLess = 0.85;
const pauseFirstMs = 5_000;
const pauseMaxMs = 300_000;
/** Back to the direct way when all followers together need less than this part of what the link has shown to give. */
const easyPart = 0.6;
/** Rates of what is sent are taken over two seconds: before, they are those of another way. */
const steadyMs = 2_500;
/** Who sends this part of what the link has shown to give fills it. */
const fullPart = 0.75;

export class AutoChoice {
  #mode: DispatchMode = 'direct';
  #phase: 'steady' | 'settling' | 'measuring' = 'steady';
  #untilMs = 0;
  #sinceMs = 0;
  #bytes = 0;
  #commits = 0;
  #commitMs = 0;
  /** Since when everything that was proposed has gone the new way alone; `undefined`: it does not yet. */
  #settledMs: number | undefined;
  /** Some of that was committed: from now on commitments tell of this way only. */
  #flows = false;
  /** Of the present way, or of the trial, the newest last. */
  #stretches: Yield[] = [];
  #baseline: { readonly mode: DispatchMode; readonly yield: Yield } | undefined;
  /** The most that this node has sent while its link seemed full, or that what was committed meanwhile must have taken. */
  #linkBytesPerSecond = 0;
  /** With the present way; `undefined`: the link does not seem full. */
  #fullSinceMs: number | undefined;
  /** At the end of the stretch before: what was measured since was measured of a full link. */
  #seemedFull = false;
  readonly #trials = new Map<DispatchMode, { readonly failures: number; readonly notBeforeMs: number }>();
  readonly #known = new Map<DispatchMode, { readonly yield: Yield; readonly atMs: number }>();
  #reason = 'the network is not full';

  get mode(): DispatchMode {
    return this.#mode;
  }

  /** For people: why this way. */
  get reason(): string {
    return this.#reason;
  }

  /** The most that this node has sent while its link seemed full; `undefined`: it never did. */
  get linkBytesPerSecond(): number | undefined {
    return this.#linkBytesPerSecond === 0 ? undefined : this.#linkBytesPerSecond;
  }

  /** Those that were used, and for long enough to know. */
  ways(nowMs: number): WayReport[] {
    return [...this.#known].map(([mode, { yield: known, atMs }]) => {
      const { failures, notBeforeMs } = this.#trials.get(mode) ?? { failures: 0, notBeforeMs: 0 };
      const isUsed = mode === this.#mode;
      return {
        mode,
        bytesPerSecond: rateOf(known),
        commitMs: meanMsOf(known),
        measuredAgoMs: nowMs - atMs,
        failures: isUsed ? 0 : failures,
        pausesForMs: isUsed ? 0 : Math.max(0, notBeforeMs - nowMs),
      };
    });
  }

  /** A batch of so many bytes was committed. */
  committed(bytes: number, proposedMs: number, nowMs: number): void {
    this.#bytes += bytes;
    this.#commits++;
    this.#commitMs += nowMs - proposedMs;
    if (this.#settledMs !== undefined && proposedMs >= this.#settledMs) this.#flows = true;
  }

  /** Looks at what has come through, several times a second; true: from now on another way. */
  look(nowMs: number, situation: Situation): boolean {
    const before = this.#mode;
    if (!situation.linkSeemsFull) this.#fullSinceMs = undefined;
    else this.#fullSinceMs ??= nowMs;
    // What was handed over in a burst has not left yet.
    const isSteady = this.#fullSinceMs !== undefined && nowMs - this.#fullSinceMs >= steadyMs;
    if (isSteady) this.#linkHasGiven(situation.outgoingBytesPerSecond);
    const isOver = nowMs >= this.#untilMs;
    if (this.#phase === 'settling') {
      if (!situation.isSettling) this.#settledMs ??= nowMs;
      if (this.#flows || isOver) this.#begin(this.#baseline === undefined ? 'steady' : 'measuring', nowMs, stretchMs);
    } else if (isOver) {
      this.#noteStretch(nowMs);
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
    this.#commits = 0;
    this.#commitMs = 0;
  }

  #noteStretch(nowMs: number): void {
    const ms = Math.max(1, nowMs - this.#sinceMs);
    this.#stretches.push({ ms, bytes: this.#bytes, commits: this.#commits, commitMs: this.#commitMs });
    if (this.#stretches.length > stretchesMax) this.#stretches.shift();
    this.#known.set(this.#mode, { yield: this.#measured, atMs: nowMs });
    this.#begin(this.#phase, nowMs, stretchMs);
  }

  get #measured(): Yield {
    return this.#stretches.reduce(sumOf, nothing);
  }

  #considerChange(nowMs: number, situation: Situation): void {
    const { linkSeemsFull, alternatives, copies } = situation;
    const newest = this.#stretches.at(-1)!;
    if (this.#mode !== 'direct') {
      const isEasy = rateOf(newest) * copies.direct < easyPart * this.#linkBytesPerSecond;
      if (isEasy || !alternatives.includes(this.#mode)) {
        this.#change('direct', nowMs, isEasy ? 'the link can carry everything' : `${this.#mode} is not possible now`);
        return;
      }
    }
    const seemedFull = this.#seemedFull;
    this.#seemedFull = linkSeemsFull;
    if (!linkSeemsFull || !seemedFull || newest.commits === 0) {
      // What comes through when the network is not full says nothing of what would come through if it were.
      this.#stretches = [];
      return;
    }
    this.#linkHasGiven(rateOf(this.#measured) * copies[this.#mode]);
    if (this.#mode !== 'direct' && this.#stretches.length < stretchesMax) return;
    const next = this.#waysToTry(situation).find((mode) => this.#mayTry(mode, nowMs));
    if (next === undefined) return;
    this.#baseline = { mode: this.#mode, yield: this.#measured };
    this.#change(next, nowMs, `tried, for the link seems full with ${this.#mode}`);
  }

  #linkHasGiven(bytesPerSecond: number): void {
    this.#linkBytesPerSecond = Math.max(this.#linkBytesPerSecond, bytesPerSecond);
  }

  /** Those of which it is not known that they cannot yield more. */
  #waysToTry({ alternatives, outgoingBytesPerSecond, copies }: Situation): DispatchMode[] {
    const present = this.#mode;
    const isFilled = outgoingBytesPerSecond >= fullPart * this.#linkBytesPerSecond;
    const others = alternatives.filter((mode) => mode !== present && (copies[mode] < copies[present] || !isFilled));
    // What fills no link, and seems to, may be the other ways' own work: the direct way has least of that, and the link has room for it.
    const rate = rateOf(this.#measured);
    const hasRoom = present !== 'direct' && !isFilled && rate * copies.direct <= this.#linkBytesPerSecond;
    return hasRoom ? [...others, 'direct'] : others;
  }

  /** After each stretch of a trial. */
  #judge(nowMs: number): void {
    const { mode, yield: before } = this.#baseline!;
    const now = this.#measured;
    const tried = this.#mode;
    const comparison = `${describe(now)} with ${tried}, ${describe(before)} with ${mode}`;
    const ratio = rateOf(now) / Math.max(1, rateOf(before));
    const isClear = ratio >= clearlyMore || ratio < clearlyLess;
    // What is known of few stretches is not known well enough to compare it with what differs little.
    if (!isClear && this.#stretches.length < stretchesMax) return;
    this.#baseline = undefined;
    if (isBetter(now, before)) {
      this.#trials.delete(tried);
      // What was left behind is not tried again at once, nor given up for good.
      this.#trials.set(mode, { failures: 1, notBeforeMs: nowMs + 2 * pauseFirstMs });
      this.#reason = comparison;
      this.#seemedFull = true;
      this.#begin('steady', nowMs, stretchMs);
      return;
    }
    const failures = (this.#trials.get(tried)?.failures ?? 0) + 1;
    const pauseMs = Math.min(pauseFirstMs * 2 ** failures, pauseMaxMs);
    this.#trials.set(tried, { failures, notBeforeMs: nowMs + pauseMs });
    this.#change(mode, nowMs, comparison);
  }

  #change(mode: DispatchMode, nowMs: number, reason: string): void {
    this.#mode = mode;
    this.#reason = reason;
    this.#seemedFull = false;
    this.#fullSinceMs = undefined;
    this.#settledMs = undefined;
    this.#flows = false;
    this.#stretches = [];
    this.#begin('settling', nowMs, settleMsMax);
  }

  #mayTry(mode: DispatchMode, nowMs: number): boolean {
    return nowMs >= (this.#trials.get(mode)?.notBeforeMs ?? 0);
  }
}

function isBetter(now: Yield, before: Yield): boolean {
  if (rateOf(now) >= rateOf(before) * (1 + gain)) return true;
  const [nowMs, beforeMs] = [meanMsOf(now), meanMsOf(before)];
  if (rateOf(now) < rateOf(before) * (1 - gain / 2) || nowMs === undefined) return false;
  return beforeMs !== undefined && nowMs <= beforeMs * (1 - 2 * gain);
}

function sumOf(a: Yield, b: Yield): Yield {
  return {
    ms: a.ms + b.ms,
    bytes: a.bytes + b.bytes,
    commits: a.commits + b.commits,
    commitMs: a.commitMs + b.commitMs,
  };
}

function rateOf({ bytes, ms }: Yield): number {
  return ms === 0 ? 0 : (bytes * 1000) / ms;
}

function meanMsOf({ commitMs, commits }: Yield): number | undefined {
  return commits === 0 ? undefined : commitMs / commits;
}

function describe(measured: Yield): string {
  const megabytes = (rateOf(measured) / 1e6).toFixed(1);
  const ms = meanMsOf(measured);
  return ms === undefined ? 'nothing' : `${megabytes} MB/s, committed after ${ms.toFixed(1)} ms`;
}
