import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseStatement } from '../parse.ts';
import { expression, statementsByKind } from '../testing/arbitrary-statements.ts';
import { withoutSpans } from '../testing/without-spans.ts';
import type { Path } from '../tree/path.ts';
import type { Statement } from '../tree/statement.ts';
import { printStatement } from './print-statement.ts';

const root: Path = { isAbsolute: true, nodes: [], span: { start: 0, end: 0 } };

describe('a tree that is printed and read again is the same', () => {
  it.each(Object.entries(statementsByKind))('%s', (_kind, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (tree) => {
        expect(withoutSpans(parseStatement(printStatement(tree)))).toEqual(tree);
      }),
      { numRuns: 150 },
    );
  });

  it('expressions', () => {
    fc.assert(
      fc.property(expression, (where) => {
        const tree: Statement = { kind: 'deleteData', patterns: [root], where, span: root.span };
        expect(withoutSpans(parseStatement(printStatement(tree)))).toEqual(tree);
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ['select A.b,count(*)c from root', undefined],
  [
    'select a*b*c - -5 from root where not a>1&&b<>2||!c',
    'SELECT a * b * c - -5 FROM root WHERE !(a > 1) AND b != 2 OR !c',
  ],
  ['select a-(b-c),(a-b)-c,a-b*c,(a-b)*c from root', 'SELECT a - (b - c), a - b - c, a - b * c, (a - b) * c FROM root'],
  ['select ab* from root.`x y`.*.**.*z*', 'SELECT (ab*) FROM root.`x y`.*.**.*z*'],
])('%s', (text, printed) => {
  if (printed === undefined) expect(() => parseStatement(text)).toThrow();
  else expect(printStatement(parseStatement(text))).toBe(printed);
});
