import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clauseWords, reservedWords, softWords } from '../lexer/keywords.ts';
import { printStatement } from '../printer/print-statement.ts';
import { queriesByKind } from '../testing/arbitrary-queries.ts';
import { statement } from '../testing/arbitrary-statements.ts';
import { executionRefusalOf, querySamples } from './execution.ts';
import { refusalOf, sqlTargets } from './index.ts';
import { samples } from './samples.ts';

const word = fc.oneof(
  fc.constantFrom(...reservedWords, ...clauseWords, ...softWords),
  fc.constantFrom('root', 'root.a.b', 'a', '`b c`', 's1*', '*', '**', '1', '-2.5', '1h', "'x'", '2024-01-31', 'now()'),
  fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    ',',
    '.',
    '=',
    '<>',
    '+',
    '-',
    '/',
    '%',
    '!',
    '&',
    '||',
    ';',
    '--',
    '/*',
    '*/',
    "'",
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const soup = fc
  .array(fc.tuple(word, fc.constantFrom('', ' ', '\n')), { maxLength: 40 })
  .map((words) => words.flat().join(''));

const mutated = mutatedOf(fc.oneof(statement.map(printStatement), fc.constantFrom(...samples)));

/** A statement with a piece taken out, put in twice, or replaced by a word. */
function mutatedOf(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.nat(), fc.nat({ max: 8 }), word, fc.nat()).map(([text, at, length, piece, kind]) => {
    const start = at % (text.length + 1);
    const taken = text.slice(start, start + length);
    const put = ['', taken + taken, piece, ` ${piece} `][kind % 4];
    return text.slice(0, start) + put + text.slice(start + length);
  });
}

describe('any text is a tree or refused with a place', () => {
  it('the samples are trees', async () => {
    for (const { corpus, probe } of sqlTargets) for (const input of corpus) expect(await probe(input)).toBeUndefined();
  });

  it.each([
    ['words in any order', soup],
    [
      'words in any order after a beginning',
      fc.tuple(fc.constantFrom('select a ', 'show ', 'create '), soup).map((it) => it.join('')),
    ],
    ['statements that were damaged', mutated],
  ])('%s', (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const refusal = refusalOf(text);
        if (refusal !== undefined) expect(refusal).toMatch(/^line \d+, column \d+: /);
      }),
      { numRuns: 300 },
    );
  });
});

describe('any text is executed or refused with a code', () => {
  it.each([
    [
      'words after a beginning',
      fc.tuple(fc.constantFrom('select s1 ', 'select count(s1) from root.** '), soup).map((it) => it.join('')),
    ],
    ['queries that were damaged', mutatedOf(fc.constantFrom(...querySamples))],
    ['queries that go together with what is stored', mutatedOf(fc.oneof(...Object.values(queriesByKind)))],
  ])('%s', async (_what, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await executionRefusalOf(text);
      }),
      { numRuns: 300 },
    );
  });
});
