// Relays that do not do what they were told, and do not say so. They drop what they are to pass on, or bring it to some only, or late,
// or once more, or to somebody else, or with other routes and in another session than they were given; and they acknowledge in the
// sessions of those to whom they pass on.
//
// They lie about what they carry, never about themselves, nor in the name of others: a relay that calls something durable that its own
// disk does not have, or that makes up what the leader said (terms, entries, what is committed), could lie as a follower or as a
// leader just as well, and Raft does not survive that. Bytes of entries have checksums, and who speaks is known from the connection.

import {
  type Append,
  type AppendAck,
  type Message,
  MessageType,
  type NodeId,
  type Route,
  type SeededRandom,
} from '@balsa/raft';

/** Shares of what a relay that lies passes on: of each the message is told such a lie. */
export interface LieSettings {
  /** Share of the lives of members in which they lie. */
  readonly liarProbability: number;
  readonly dropProbability: number;
  /** Held back for up to `lateMsMax`. */
  readonly lateProbability: number;
  readonly lateMsMax: number;
  /** And something that was passed on before once more. */
  readonly againProbability: number;
  /** To somebody else. */
  readonly astrayProbability: number;
  /** With other routes, and in another session. */
  readonly misrouteProbability: number;
  /** And an acknowledgement of its own, in the receiver's session. */
  readonly answerProbability: number;
}

export const noLies: LieSettings = {
  liarProbability: 0,
  dropProbability: 0,
  lateProbability: 0,
  lateMsMax: 1,
  againProbability: 0,
  astrayProbability: 0,
  misrouteProbability: 0,
  answerProbability: 0,
};

export type LieKind = 'drop' | 'late' | 'again' | 'astray' | 'misroute' | 'answer';

export const lieKinds: readonly LieKind[] = ['drop', 'late', 'again', 'astray', 'misroute', 'answer'];

const fragmentLies: readonly LieKind[] = ['drop', 'late', 'again', 'astray'];

/** A message as it leaves. */
export interface Told {
  readonly message: Message;
  readonly afterMs: number;
}

/** Messages of which a relay remembers that it has passed them on. */
const rememberedMax = 8;

export class RelayLies {
  readonly #settings: LieSettings;
  readonly #random: SeededRandom;
  readonly #everybody: readonly NodeId[];
  #lies = false;
  /** Of this life, the newest last. */
  #passedOn: Append[] = [];
  /** The newest acknowledgement of its own. */
  #ack: AppendAck | undefined;
  /** Tells nothing but this, about everything. */
  #only: LieKind | undefined;
  /** Lies that were told, in all lives. */
  told = 0;

  constructor(settings: LieSettings, random: SeededRandom, everybody: readonly NodeId[]) {
    this.#settings = settings;
    this.#random = random;
    this.#everybody = everybody;
  }

  /** A life begins. */
  restart(): void {
    const { liarProbability } = this.#settings;
    this.#lies = liarProbability > 0 && this.#random.chance(liarProbability);
    this.#passedOn = [];
    this.#ack = undefined;
  }

  /** From now on it does as it is told. */
  end(): void {
    this.#lies = false;
    this.#only = undefined;
  }

  /** From now on it tells this lie about everything that it is to pass on. */
  begin(kind: LieKind): void {
    this.#only = kind;
  }

  /** What leaves in place of what the member sends. */
  instead(message: Message): Told[] {
    if (message.type === MessageType.appendAck) this.#ack = message;
    const isPassedOn = message.type === MessageType.append && message.from !== message.leader;
    const isTrue = !this.#lies && this.#only === undefined;
    return !isPassedOn || isTrue ? [{ message, afterMs: 0 }] : this.#lieAbout(message);
  }

  /** The same of a fragment that `from` is to pass on to `to`: where it goes instead. */
  insteadOfFragment(from: NodeId, to: NodeId): { readonly to: NodeId; readonly afterMs: number }[] {
    if (!this.#lies) return [{ to, afterMs: 0 }];
    const lies = fragmentLies.filter((kind) => this.#tells(kind));
    this.told += lies.length;
    const sent = {
      to: lies.includes('astray') ? this.#anyBut(from) : to,
      afterMs: lies.includes('late') ? this.#lateMs() : 0,
    };
    const again = lies.includes('again') ? [{ to, afterMs: this.#lateMs() }] : [];
    return lies.includes('drop') ? again : [sent, ...again];
  }

  #lieAbout(append: Append): Told[] {
    const told: Told[] = [];
    const lies = lieKinds.filter((kind) => this.#tells(kind));
    this.told += lies.length;
    const isLate = lies.includes('late');
    const changed = lies.includes('misroute') ? this.#misrouted(append) : append;
    const message = lies.includes('astray') ? { ...changed, to: this.#anyBut(append.from) } : changed;
    if (!lies.includes('drop')) told.push({ message, afterMs: isLate ? this.#lateMs() : 0 });
    const earlier = this.#passedOn[this.#random.integerBetween(0, Math.max(1, this.#passedOn.length))];
    if (lies.includes('again') && earlier !== undefined) told.push({ message: earlier, afterMs: this.#lateMs() });
    const ack = this.#ack;
    if (lies.includes('answer') && ack?.term === append.term && ack.to === append.leader) {
      told.push({ message: { ...ack, session: append.session }, afterMs: 0 });
    }
    this.#passedOn.push(append);
    if (this.#passedOn.length > rememberedMax) this.#passedOn.shift();
    return told;
  }

  #tells(kind: LieKind): boolean {
    return this.#only === undefined ? this.#random.chance(this.#settings[`${kind}Probability`]) : kind === this.#only;
  }

  #misrouted(append: Append): Append {
    const random = this.#random;
    const session = random.chance(0.3) ? this.#another(append.session) : append.session;
    if (random.chance(0.3)) return { ...append, session, routes: [] };
    return { ...append, session, routes: append.routes.map((route) => this.#changed(route)) };
  }

  #changed(route: Route): Route {
    const random = this.#random;
    const node = random.chance(0.3) ? this.#anyBut(0) : route.node;
    const session = random.chance(0.3) ? this.#another(route.session) : route.session;
    const prevIndex = random.chance(0.3)
      ? Math.max(0, route.prevIndex + random.integerBetween(-8, 9))
      : route.prevIndex;
    const claimed = random.chance(0.3) ? route.lastIndex + random.integerBetween(-8, 9) : route.lastIndex;
    // A range that ends before it begins is no frame: whoever got it would close the connection.
    const lastIndex = Math.max(prevIndex, claimed);
    const routes = random.chance(0.3) ? [] : route.routes.map((below) => this.#changed(below));
    return { node, session, prevIndex, lastIndex, routes };
  }

  /** Mostly one that was, or will be; now and then one that never is. */
  #another(session: number): number {
    const random = this.#random;
    return random.chance(0.2) ? 1_000_000 : Math.max(1, session + random.integerBetween(-3, 4));
  }

  #anyBut(node: NodeId): NodeId {
    const others = this.#everybody.filter((other) => other !== node);
    return others[this.#random.integerBetween(0, others.length)]!;
  }

  #lateMs(): number {
    return this.#random.integerBetween(1, this.#settings.lateMsMax + 1);
  }
}

/** For a scenario, from a generator that nothing else is drawn from: in three runs of ten there are relays that lie, each run with its own mix. */
export function drawLies(random: SeededRandom): LieSettings {
  if (!random.chance(0.3)) return noLies;
  const share = (max: number): number => (random.chance(0.5) ? (random.integerBetween(1, 1001) / 1000) * max : 0);
  return {
    liarProbability: random.integerBetween(200, 1001) / 1000,
    // Some say nothing at all.
    dropProbability: random.chance(0.2) ? 1 : share(0.6),
    lateProbability: share(0.6),
    lateMsMax: random.integerBetween(1, 2_000),
    againProbability: share(0.5),
    astrayProbability: share(0.5),
    misrouteProbability: share(0.8),
    answerProbability: share(0.5),
  };
}
