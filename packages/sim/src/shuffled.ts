import type { SeededRandom } from '@balsa/raft';

/** The same items in a random order. */
export function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.integerBetween(0, rest.length), 1)[0]!);
}
