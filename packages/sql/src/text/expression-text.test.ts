import { describe, expect, it } from 'vitest';
import { parseStatement } from '../parse.ts';
import type { Expression } from '../tree/expression.ts';
import type { Path } from '../tree/path.ts';
import { expressionText } from './expression-text.ts';
import { pathText } from './names.ts';

function columnOf(text: string): Expression {
  const statement = parseStatement(`select ${text} from root.ln.wf01.wt01`);
  if (statement.kind !== 'select') throw new Error('this is no query');
  return statement.columns[0]!.expression;
}

/** As a planner would say it that knows the device. */
const full = (path: Path): string => (path.isAbsolute ? pathText(path) : `root.ln.wf01.wt01.${pathText(path)}`);

describe('the names of results', () => {
  it.each([
    ['temperature', 'root.ln.wf01.wt01.temperature'],
    ['count(temperature)', 'count(root.ln.wf01.wt01.temperature)'],
    ['COUNT( temperature )', 'COUNT(root.ln.wf01.wt01.temperature)'],
    ['max_by(a, b)', 'max_by(root.ln.wf01.wt01.a, root.ln.wf01.wt01.b)'],
    ['`a b`', 'root.ln.wf01.wt01.`a b`'],
    ['`plain`', 'root.ln.wf01.wt01.plain'],
    ['`123`', 'root.ln.wf01.wt01.`123`'],
    ['`from`', 'root.ln.wf01.wt01.from'],
    ['a+b*2', 'root.ln.wf01.wt01.a + root.ln.wf01.wt01.b * 2'],
    ['(a+b)*1.50', '(root.ln.wf01.wt01.a + root.ln.wf01.wt01.b) * 1.50'],
    ['-a', '-root.ln.wf01.wt01.a'],
    ['not a > 1', '!(root.ln.wf01.wt01.a > 1)'],
    ['a==1 and b<>2 or c', 'root.ln.wf01.wt01.a = 1 & root.ln.wf01.wt01.b != 2 | root.ln.wf01.wt01.c'],
    ["count_if(a is not null, 3, 'ignoreNull')", "count_if(root.ln.wf01.wt01.a IS NOT NULL, 3, 'ignoreNull')"],
    ['min_by(time, a)', 'min_by(Time, root.ln.wf01.wt01.a)'],
  ])('%s', (text, header) => {
    expect(expressionText(columnOf(text), full)).toBe(header);
  });

  it('are those of the levels, where there are levels', () => {
    expect(expressionText(columnOf('count(status)'), (path) => `root.ln.*.*.${pathText(path)}`)).toBe(
      'count(root.ln.*.*.status)',
    );
  });

  it('are the paths as they stand, unless somebody knows better', () => {
    expect(expressionText(columnOf('count(a.*)'))).toBe('count(a.*)');
  });
});
