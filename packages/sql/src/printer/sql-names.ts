import { clauseWords, reservedWords } from '../lexer/keywords.ts';
import { type ExpressionStyle, styledText } from '../text/expression-text.ts';
import { isPlainName, pathText } from '../text/names.ts';
import { quoted } from '../text/quoting.ts';
import type { Expression } from '../tree/expression.ts';
import type { Path } from '../tree/path.ts';

/** All other keywords can be told from names by where they stand. */
const ambiguousWords: ReadonlySet<string> = new Set([
  ...reservedWords,
  ...clauseWords,
  'DEVICE',
  'LAST',
  'NOW',
  'TIMESERIES',
]);
const beginsWithDigit = /^\d/;

/** In backquotes wherever it might be taken for something else, even if in some places it would not be. */
export function sqlName(name: string): string {
  const isSafe = isPlainName(name) && !beginsWithDigit.test(name) && !ambiguousWords.has(name.toUpperCase());
  return isSafe ? name : quoted(name, '`');
}

export function sqlPath(path: Path): string {
  return pathText(path, sqlName);
}

const sqlStyle: ExpressionStyle = {
  pathText: operandPath,
  functionText: sqlName,
  time: 'time',
  and: 'AND',
  or: 'OR',
};

export function sqlExpression(expression: Expression): string {
  return styledText(expression, sqlStyle);
}

/** The star at the end of a name would multiply it with what follows. */
function operandPath(path: Path): string {
  const last = path.nodes.at(-1);
  return last?.kind === 'pattern' && last.anyBehind ? `(${sqlPath(path)})` : sqlPath(path);
}
