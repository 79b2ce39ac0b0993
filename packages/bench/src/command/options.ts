// Options that commander reads for us, checked as they are read.

import { InvalidArgumentError } from 'commander';

/** A parser for whole numbers within [minimum, maximum]. */
export function wholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

/** A parser for whole numbers with commas between them, none of them twice. */
export function wholeNumbers(minimum: number, maximum: number): (text: string) => number[] {
  const parse = wholeNumber(minimum, maximum);
  return (text) => withoutRepeats(text.split(',').map(parse));
}

/** A parser for some of these names, with commas between them. */
export function namesOutOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) =>
    withoutRepeats(
      text.split(',').map((word) => {
        const name = names.find((it) => it === word);
        if (name !== undefined) return name;
        throw new InvalidArgumentError(`Expected names out of ${names.join(', ')}, with commas between.`);
      }),
    );
}

/** The same for an option that may be repeated: what it names is added to what it named before. */
export function moreNamesOutOf<Name extends string>(
  names: readonly Name[],
): (text: string, earlier: readonly Name[]) => Name[] {
  const parse = namesOutOf(names);
  return (text, earlier) => withoutRepeats([...earlier, ...parse(text)]);
}

function withoutRepeats<T>(items: T[]): T[] {
  if (new Set(items).size < items.length) throw new InvalidArgumentError('Expected nothing twice.');
  return items;
}
