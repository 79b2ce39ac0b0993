import { EOF, type IToken } from 'chevrotain';
import { type SqlError, sqlErrorAt } from './errors.ts';
import { adviceOn, endLabel, enumerated, expectedAt, explainedTokensMax, foundLabel } from './grammar/expectations.ts';
import { spanOf } from './grammar/parser-base.ts';
import { SqlParser } from './grammar/sql-parser.ts';
import { readTokens } from './lexer/read-tokens.ts';
import { splitStatements } from './lexer/split-statements.ts';
import { defaultLimits, type SqlLimits } from './limits.ts';
import type { Span } from './span.ts';
import type { Statement } from './tree/statement.ts';

/**
 * One statement, which a semicolon may follow.
 *
 * ```ts
 * const statement = parseStatement('SELECT avg(temperature) FROM root.plant.line4 WHERE time > now() - 1h');
 * if (statement.kind === 'select') console.log(statement.columns.length);
 * ```
 *
 * @throws SqlError with the place that is at fault.
 */
export function parseStatement(text: string, limits: Partial<SqlLimits> = {}): Statement {
  const allLimits = { ...defaultLimits, ...limits };
  const pieces = piecesOf(text, allLimits);
  const first = pieces.next().value ?? { start: 0, end: text.length };
  const statement = parsePiece(text, readPiece(text, first, allLimits), first, allLimits);
  for (const other of pieces) {
    const [token] = readPiece(text, other, allLimits);
    if (token)
      throw sqlErrorAt('SQL_SYNTAX', 'a second statement begins here; send one at a time', spanOf(token), text);
  }
  return statement;
}

/**
 * The statements of a file, with semicolons between them, one after another: those before a faulty one can be executed
 * before it is found.
 *
 * @throws SqlError when the faulty one is reached.
 */
export function* parseStatements(text: string, limits: Partial<SqlLimits> = {}): Generator<Statement, void, undefined> {
  const allLimits = { ...defaultLimits, ...limits };
  for (const span of piecesOf(text, allLimits)) {
    const tokens = readPiece(text, span, allLimits);
    if (tokens.length > 0) yield parsePiece(text, tokens, span, allLimits);
  }
}

/** Made when it is first needed: that takes as long as parsing thousands of statements. */
let parser: SqlParser | undefined;

function* piecesOf(text: string, { textCharsMax, statementsMax }: SqlLimits): Generator<Span, void, undefined> {
  if (text.length > textCharsMax) {
    const reason = `a text may have ${textCharsMax} characters; this one has ${text.length}`;
    throw sqlErrorAt('SQL_OVER_LIMITS', reason, { start: 0, end: 0 }, text);
  }
  let count = 0;
  for (const span of splitStatements(text)) {
    if (++count > statementsMax) {
      throw sqlErrorAt('SQL_OVER_LIMITS', `a text may have ${statementsMax} statements; split it`, span, text);
    }
    yield span;
  }
}

function readPiece(text: string, span: Span, { statementCharsMax }: SqlLimits): IToken[] {
  const length = span.end - span.start;
  if (length > statementCharsMax) {
    const reason = `a statement may have ${statementCharsMax} characters; this one has ${length}`;
    throw sqlErrorAt('SQL_OVER_LIMITS', reason, span, text);
  }
  return readTokens(text, span);
}

function parsePiece(text: string, tokens: IToken[], span: Span, limits: SqlLimits): Statement {
  parser ??= new SqlParser();
  const result = parser.parse(text, tokens, limits);
  if ('statement' in result) return result.statement;
  throw explain(parser, text, tokens, result.faulty, span, limits);
}

function explain(
  parser: SqlParser,
  text: string,
  tokens: IToken[],
  faulty: IToken,
  span: Span,
  limits: SqlLimits,
): SqlError {
  const isEnd = faulty.tokenType === EOF;
  const place = isEnd ? endPlace(tokens, span) : spanOf(faulty);
  const before = isEnd ? tokens : tokens.slice(0, tokens.indexOf(faulty));
  if (before.length > explainedTokensMax) {
    return sqlErrorAt('SQL_SYNTAX', `unexpected ${foundLabel(faulty)}`, place, text);
  }
  // Something apart from what stands before it, so that it does not become a part of a path.
  const labels = [...expectedAt(place.start + 1, (token) => parser.accepts(text, before, token, limits))];
  if (!isEnd && 'statement' in parser.parse(text, before, limits)) labels.push(endLabel);
  const advice = labels.includes('a name') && !isEnd ? adviceOn(faulty) : '';
  return sqlErrorAt('SQL_SYNTAX', `expected ${enumerated(labels)}, found ${foundLabel(faulty)}${advice}`, place, text);
}

/** Right behind the last token, not behind the blanks that follow it. */
function endPlace(tokens: readonly IToken[], span: Span): Span {
  const last = tokens.at(-1);
  const offset = last ? spanOf(last).end : span.start;
  return { start: offset, end: offset };
}
