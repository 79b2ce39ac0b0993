// How a follower dates what it is told, by nobody's clock but its own. Each of its answers to heartbeats carries a stamp: its own
// time, which means nothing to anybody else. The leader repeats the stamp once it is proven that what it tells is newer
// (`Leader.#proveStamps`).

export class Stamps {
  readonly #lifeId: number;
  #originMs: number | undefined;

  /** Stamps begin with the number of this life: a leader may repeat some of an earlier one, whose clock began elsewhere. */
  constructor(lifeId: number) {
    this.#lifeId = lifeId;
  }

  /** Of an answer that is sent now. `undefined`: the member has not been told the time yet. */
  at(nowMs: number): number | undefined {
    if (!Number.isFinite(nowMs)) return undefined;
    this.#originMs ??= nowMs;
    return this.#lifeId + Math.floor(nowMs - this.#originMs);
  }

  /** Not after the answer was sent that had this stamp. `undefined`: it was sent in another life. */
  msOf(stamp: number, nowMs: number): number | undefined {
    if (this.#originMs === undefined) return undefined;
    const atMs = this.#originMs + (stamp - this.#lifeId);
    return atMs >= this.#originMs && atMs <= nowMs ? atMs : undefined;
  }
}
