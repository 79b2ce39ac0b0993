import { type IToken, Lexer, type TokenType } from 'chevrotain';
import { type SqlError, sqlErrorAt } from '../errors.ts';
import type { Span } from '../span.ts';
import { Identifier, keywords, lexedTokens } from './tokens.ts';

const lexer = new Lexer([...lexedTokens], {
  positionTracking: 'onlyOffset',
  ensureOptimizations: true,
  // What follows the first error is of no use.
  recoveryEnabled: false,
  skipValidations: true,
});
const keywordOf = new Map<string, TokenType>(Object.entries(keywords));
const keywordCharsMax = Math.max(...Array.from(keywordOf.keys(), (word) => word.length));

/**
 * The tokens of one statement of `text`, at their offsets in `text`.
 *
 * @throws SqlError SQL_SYNTAX
 */
export function readTokens(text: string, { start, end }: Span): IToken[] {
  const { tokens, errors } = lexer.tokenize(text.slice(start, end));
  const error = errors[0];
  if (error) throw unreadable(text, start + error.offset);
  for (const token of tokens) {
    token.startOffset += start;
    if (token.tokenType === Identifier && token.image.length <= keywordCharsMax) becomeKeyword(token);
  }
  return tokens;
}

function becomeKeyword(token: IToken): void {
  const keyword = keywordOf.get(token.image.toUpperCase());
  if (!keyword) return;
  token.tokenType = keyword;
  token.tokenTypeIdx = keyword.tokenTypeIdx!;
}

function unreadable(text: string, offset: number): SqlError {
  const character = String.fromCodePoint(text.codePointAt(offset)!);
  const span = { start: offset, end: offset + character.length };
  return sqlErrorAt('SQL_SYNTAX', reasonFor(character), span, text);
}

function reasonFor(character: string): string {
  if (character === '/') return 'the comment that begins here has no end';
  if (character === '`') return 'the name that begins with this backquote has no end';
  if (character === '"' || character === "'") return `the string that begins with this ${character} has no end`;
  return `${JSON.stringify(character)} can stand only in strings and in names in backquotes`;
}
