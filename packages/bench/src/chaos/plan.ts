// What a round does to the cluster, drawn from the seed before it is done.

import type { Random } from './random.ts';

export type Victim = 'leader' | 'follower';

/** One blow. Who leads is asked at that moment. */
export interface Fault {
  /**
   * `kill`: SIGKILL, restarted afterwards. `pause`: SIGSTOP, continued afterwards.
   * `strand`: the leader goes on alone while all others are frozen; then all are killed, and the others, who have
   * nothing of what it wrote alone, start without it and lead on. Whatever it had acknowledged alone would be lost, and
   * what it wrote must give way when it comes back.
   */
  readonly action: 'kill' | 'pause' | 'strand';
  /** Hit at the same moment; two of three take the quorum away. */
  readonly victims: readonly Victim[];
  /** How long the victims stay dead or frozen, or the leader alone. */
  readonly downMs: number;
  /** Whether the next fault, or the check, waits until the victims are healthy again. */
  readonly awaitHealth: boolean;
  /** Load between this fault's end and what follows. */
  readonly afterMs: number;
}

export interface RoundPlan {
  readonly kind: RoundKind;
  /** Load before the first fault. */
  readonly beforeMs: number;
  readonly faults: readonly [Fault, ...Fault[]];
}

/** Out of ten rounds, so many of each kind. */
const kinds = [
  'kill leader',
  'kill leader',
  'kill leader',
  'kill follower',
  'kill follower',
  'kill two in a row',
  'strand leader',
  'kill two at once',
  'pause leader',
  'pause follower',
] as const;
export type RoundKind = (typeof kinds)[number];

export function planRound(random: Random): RoundPlan {
  const kind = random.pick(kinds);
  return { kind, beforeMs: random.between(50, 250), faults: faultsOf(kind, random) };
}

function faultsOf(kind: RoundKind, random: Random): [Fault, ...Fault[]] {
  switch (kind) {
    case 'kill leader':
      return [kill(random, ['leader'], true)];
    case 'kill follower':
      return [kill(random, ['follower'], true)];
    case 'kill two in a row': {
      const first = random.pick<Victim>(['leader', 'follower']);
      const second = random.pick<Victim>(['leader', 'follower']);
      return [kill(random, [first], false), kill(random, [second], true)];
    }
    case 'kill two at once':
      return [kill(random, ['leader', 'follower'], true)];
    case 'strand leader':
      return [strand(random)];
    case 'pause leader':
      return [pause(random, 'leader')];
    case 'pause follower':
      return [pause(random, 'follower')];
  }
}

function kill(random: Random, victims: readonly Victim[], awaitHealth: boolean): Fault {
  return { action: 'kill', victims, downMs: random.between(0, 400), awaitHealth, afterMs: random.between(20, 150) };
}

/** Up to well beyond an election timeout, so that a paused leader often wakes up deposed. */
function pause(random: Random, victim: Victim): Fault {
  return {
    action: 'pause',
    victims: [victim],
    downMs: random.between(50, 1200),
    awaitHealth: true,
    afterMs: random.between(20, 150),
  };
}

/** Shorter than the election timeout: a leader that hears of nobody steps down then. */
function strand(random: Random): Fault {
  return {
    action: 'strand',
    victims: ['leader'],
    downMs: random.between(50, 250),
    awaitHealth: true,
    afterMs: random.between(20, 150),
  };
}
