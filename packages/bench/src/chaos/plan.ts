// What a round does to the cluster, drawn from the seed before it is done.

import { BenchError } from '../bench-error.ts';
import type { LinkFault } from './network/chaos-network.ts';
import type { Random } from './random.ts';

export type Victim = 'leader' | 'follower';

/** One blow. Who leads is asked at that moment. */
export type Fault = {
  /** Hit at the same moment; two of three take the quorum away. */
  readonly victims: readonly Victim[];
  /** How long the victims stay dead, frozen, cut off or slow, or the leader alone. */
  readonly downMs: number;
  /** Whether the next fault, or the check, waits until the victims are healthy again. */
  readonly awaitHealth: boolean;
  /** Load between this fault's end and what follows. */
  readonly afterMs: number;
} & Blow;

/**
 * `kill`: SIGKILL, restarted afterwards. `pause`: SIGSTOP, continued afterwards.
 * `strand`: the leader goes on alone while all others are frozen; then all are killed, and the others, who have
 * nothing of what it wrote alone, start without it and lead on. Whatever it had acknowledged alone would be lost, and
 * what it wrote must give way when it comes back.
 * `fill disk`: no space is left, and writes go on until the victim has noticed and stopped; the space comes back, and
 * the victim is started again. `downMs` is how long it stays down after it has stopped.
 */
export type Blow =
  | { readonly action: 'kill' | 'pause' | 'strand' | 'fill disk' }
  | {
      readonly action: 'cut';
      /** What no longer arrives: what the victim sends, what it is sent, or both. */
      readonly way: Way;
      /** Whether the victim is cut off from all other nodes, or from one of them. */
      readonly from: 'all' | 'one';
      /** Killed when half of the time is over, and started again at once. */
      readonly meanwhileKilled: readonly Victim[];
    }
  | { readonly action: 'cap'; readonly bytesPerSecond: number }
  | { readonly action: 'delay'; readonly delayMs: number };

export type Way = 'both' | 'out' | 'in';

export const roundKinds = [
  'kill leader',
  'kill follower',
  'kill two in a row',
  'kill two at once',
  'strand leader',
  'pause leader',
  'pause follower',
  'isolate leader',
  'isolate follower',
  'cut one link',
  'cut one way',
  'kill during a cut',
  'cap bandwidth',
  'slow link',
  'fill disk',
] as const;
export type RoundKind = (typeof roundKinds)[number];

export interface RoundPlan {
  readonly kind: RoundKind;
  /** Load before the first fault. */
  readonly beforeMs: number;
  readonly faults: readonly [Fault, ...Fault[]];
}

interface Kind {
  /** How often it is drawn, compared with the others. */
  readonly weight: number;
  readonly needs?: Ability;
  readonly draw: (random: Random) => [Fault, ...Fault[]];
}

/** What a fault needs from the machine. */
export type Ability = LinkFault | 'fill disk';

/** Well beyond an election timeout, so that a leader that is frozen or cut off often comes back deposed. */
const outageMs = [50, 1500] as const;

const kinds: Readonly<Record<RoundKind, Kind>> = {
  'kill leader': { weight: 6, draw: (random) => [kill(random, ['leader'])] },
  'kill follower': { weight: 4, draw: (random) => [kill(random, ['follower'])] },
  'kill two in a row': {
    weight: 2,
    draw: (random) => [{ ...kill(random, [anyVictim(random)]), awaitHealth: false }, kill(random, [anyVictim(random)])],
  },
  'kill two at once': { weight: 2, draw: (random) => [kill(random, ['leader', 'follower'])] },
  // Shorter than the election timeout: a leader that hears of nobody steps down then.
  'strand leader': { weight: 2, draw: (random) => [blow(random, ['leader'], [50, 250], { action: 'strand' })] },
  'pause leader': { weight: 2, draw: (random) => [blow(random, ['leader'], outageMs, { action: 'pause' })] },
  'pause follower': { weight: 2, draw: (random) => [blow(random, ['follower'], outageMs, { action: 'pause' })] },
  'isolate leader': { weight: 3, needs: 'cut', draw: (random) => [cut(random, 'leader', 'both', 'all')] },
  'isolate follower': { weight: 2, needs: 'cut', draw: (random) => [cut(random, 'follower', 'both', 'all')] },
  'cut one link': { weight: 2, needs: 'cut', draw: (random) => [cut(random, anyVictim(random), 'both', 'one')] },
  'cut one way': {
    weight: 4,
    needs: 'cut',
    draw: (random) => [cut(random, anyVictim(random), random.pick(['out', 'in']), random.pick(['all', 'one']))],
  },
  'kill during a cut': {
    weight: 4,
    needs: 'cut',
    draw: (random) => [
      cut(random, anyVictim(random), random.pick(['both', 'out', 'in']), random.pick(['all', 'one']), [
        anyVictim(random),
      ]),
    ],
  },
  'cap bandwidth': {
    weight: 2,
    needs: 'cap',
    draw: (random) => [
      blow(random, [anyVictim(random)], [500, 2500], { action: 'cap', bytesPerSecond: random.between(8, 250) * 1024 }),
    ],
  },
  'slow link': {
    weight: 2,
    needs: 'delay',
    draw: (random) => [
      blow(random, [anyVictim(random)], [500, 2500], { action: 'delay', delayMs: random.between(5, 400) }),
    ],
  },
  'fill disk': {
    weight: 1,
    needs: 'fill disk',
    draw: (random) => [blow(random, [anyVictim(random)], [0, 400], { action: 'fill disk' })],
  },
};

/** Rounds of these kinds, as far as the machine is able to play them. */
export class Planner {
  /** Each as often as its weight says. */
  readonly #lots: readonly [RoundKind, ...RoundKind[]];
  /** Kinds that were asked for, and need what there is not. */
  readonly leftOut: readonly { readonly kind: RoundKind; readonly ability: Ability }[];

  /** Throws ILLEGAL_ARGUMENT if nothing of what was asked for is possible. */
  constructor(asked: readonly RoundKind[], abilities: ReadonlySet<Ability>) {
    const missing = (kind: RoundKind): Ability | undefined => {
      const { needs } = kinds[kind];
      return needs === undefined || abilities.has(needs) ? undefined : needs;
    };
    this.leftOut = asked.flatMap((kind) => {
      const ability = missing(kind);
      return ability === undefined ? [] : [{ kind, ability }];
    });
    const [first, ...others] = asked
      .filter((kind) => missing(kind) === undefined)
      .flatMap((kind) => Array.from({ length: kinds[kind].weight }, () => kind));
    if (first === undefined) {
      throw new BenchError(
        'ILLEGAL_ARGUMENT',
        `not possible here: ${asked.join(', ')}; see --network, and run as root`,
      );
    }
    this.#lots = [first, ...others];
  }

  plan(random: Random): RoundPlan {
    const kind = random.pick(this.#lots);
    return { kind, beforeMs: random.between(50, 250), faults: kinds[kind].draw(random) };
  }
}

function anyVictim(random: Random): Victim {
  return random.pick(['leader', 'follower']);
}

function kill(random: Random, victims: readonly Victim[]): Fault {
  return blow(random, victims, [0, 400], { action: 'kill' });
}

function cut(
  random: Random,
  victim: Victim,
  way: Way,
  from: 'all' | 'one',
  meanwhileKilled: readonly Victim[] = [],
): Fault {
  return blow(random, [victim], outageMs, { action: 'cut', way, from, meanwhileKilled });
}

function blow(random: Random, victims: readonly Victim[], downMs: readonly [number, number], what: Blow): Fault {
  return { ...what, victims, downMs: random.between(...downMs), awaitHealth: true, afterMs: random.between(20, 150) };
}
