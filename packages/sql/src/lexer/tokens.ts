// The vocabulary. Words are read as identifiers first and then looked up (read-tokens.ts), since a pattern for each
// keyword would have to be tried at every name.

import { createToken, type ITokenConfig, Lexer, type TokenType } from 'chevrotain';
import { nameChars } from '../text/names.ts';
import { endOfQuoted } from '../text/quoting.ts';
import { clauseWords, type Keyword, reservedWords, softWords } from './keywords.ts';

const wordEnds = `(?![${nameChars}])`;

/** What a node of a path may be, behind a dot. */
export const Node: TokenType = createToken({ name: 'Node', label: 'a name', pattern: Lexer.NA });
/** What a path or any other name may begin with. */
export const Name: TokenType = createToken({ name: 'Name', label: 'a name', pattern: Lexer.NA, categories: [Node] });

const WhiteSpace = createToken({ name: 'WhiteSpace', pattern: /\s+/, group: Lexer.SKIPPED });
const LineComment = createToken({ name: 'LineComment', pattern: /--[^\n]*/, group: Lexer.SKIPPED });
const BlockComment = createToken({
  name: 'BlockComment',
  pattern: { exec: matchBlockComment },
  start_chars_hint: ['/'],
  line_breaks: true,
  group: Lexer.SKIPPED,
});

export const StringText: TokenType = createToken({
  name: 'StringText',
  label: 'a string',
  pattern: { exec: matchQuoted },
  start_chars_hint: ["'", '"'],
  line_breaks: true,
});
export const QuotedName: TokenType = createToken({
  name: 'QuotedName',
  label: 'a name',
  pattern: { exec: matchQuoted },
  start_chars_hint: ['`'],
  line_breaks: true,
  categories: [Name],
});

export const DateTime: TokenType = createToken({
  name: 'DateTime',
  label: 'a date',
  pattern: new RegExp(
    '\\d{4}(?:-\\d{1,2}-|/\\d{1,2}/|\\.\\d{1,2}\\.)\\d{1,2}' +
      `(?:[Tt ]\\d{1,2}:\\d{1,2}:\\d{1,2}(?:\\.\\d+)?(?:[+-]\\d{1,2}:\\d{2}|[Zz])?)?${wordEnds}`,
  ),
});
/** What begins with a point follows no name: `a.5b` is a path. */
export const Decimal: TokenType = createToken({
  name: 'Decimal',
  label: 'a number',
  pattern: new RegExp(
    `(?:\\d+\\.\\d*(?:[eE][+-]?\\d+)?|\\d+[eE][+-]?\\d+|(?<![${nameChars}\`*])\\.\\d+(?:[eE][+-]?\\d+)?)${wordEnds}`,
  ),
});
export const DurationText: TokenType = createToken({
  name: 'DurationText',
  label: 'a duration',
  pattern: new RegExp(`(?:\\d+(?:mo|ms|us|ns|[ywdhms]))+${wordEnds}`, 'i'),
  categories: [Node],
});
export const Integer: TokenType = createToken({
  name: 'Integer',
  label: 'an integer',
  pattern: new RegExp(`\\d+${wordEnds}`),
});
export const Identifier: TokenType = createToken({
  name: 'Identifier',
  label: 'a name',
  pattern: new RegExp(`[${nameChars}]+`),
  categories: [Name],
});

export const ComparisonSign: TokenType = operator('ComparisonSign', /==|!=|<>|<=|>=|<|>/);
/** A sign of its own, since options are set with it, too. */
export const EqualSign: TokenType = createToken({ name: 'EqualSign', label: '"="', pattern: '=' });
export const AndSign: TokenType = operator('AndSign', /&&?/);
export const OrSign: TokenType = operator('OrSign', /\|\|?/);
export const NotSign: TokenType = operator('NotSign', '!');
export const Plus: TokenType = operator('Plus', '+');
export const Minus: TokenType = operator('Minus', '-');
export const DoubleStar: TokenType = createToken({ name: 'DoubleStar', label: '"**"', pattern: '**' });
export const Star: TokenType = createToken({ name: 'Star', label: '"*"', pattern: '*' });
/** Before a star it begins a comment, whether that ends or not. */
export const Slash: TokenType = operator('Slash', /\/(?!\*)/);
export const Percent: TokenType = operator('Percent', '%');

export const Dot: TokenType = sign('Dot', '.');
export const Comma: TokenType = sign('Comma', ',');
export const LeftBracket: TokenType = sign('LeftBracket', '(');
export const RightBracket: TokenType = sign('RightBracket', ')');
export const LeftSquare: TokenType = sign('LeftSquare', '[');
export const RightSquare: TokenType = sign('RightSquare', ']');

/** By keyword, in upper case. */
export const keywords: Readonly<Record<Keyword, TokenType>> = Object.fromEntries([
  ...reservedWords.map((word) => [word, keyword(word, [])]),
  ...clauseWords.map((word) => [word, keyword(word, [Node])]),
  ...softWords.map((word) => [word, keyword(word, [Name])]),
]);

/** In the order in which they are tried. */
export const lexedTokens: readonly TokenType[] = [
  WhiteSpace,
  DateTime,
  Decimal,
  DurationText,
  Integer,
  Identifier,
  Comma,
  Dot,
  LeftBracket,
  RightBracket,
  StringText,
  QuotedName,
  ComparisonSign,
  EqualSign,
  LineComment,
  BlockComment,
  NotSign,
  Plus,
  Minus,
  DoubleStar,
  Star,
  Slash,
  Percent,
  AndSign,
  OrSign,
  LeftSquare,
  RightSquare,
];

/** All that the grammar may speak of. */
export const vocabulary: readonly TokenType[] = [Node, Name, ...lexedTokens, ...Object.values(keywords)];

function keyword(word: Keyword, categories: TokenType[]): TokenType {
  return createToken({ name: word, label: word, pattern: Lexer.NA, categories });
}

function operator(name: string, pattern: ITokenConfig['pattern'] & {}): TokenType {
  return createToken({ name, label: 'an operator', pattern });
}

function sign(name: string, text: string): TokenType {
  return createToken({ name, label: `"${text}"`, pattern: text });
}

function matchQuoted(text: string, start: number): [string] | null {
  const end = endOfQuoted(text, start);
  return end < 0 ? null : [text.slice(start, end)];
}

function matchBlockComment(text: string, start: number): [string] | null {
  if (!text.startsWith('/*', start)) return null;
  const end = text.indexOf('*/', start + 2);
  return end < 0 ? null : [text.slice(start, end + 2)];
}
