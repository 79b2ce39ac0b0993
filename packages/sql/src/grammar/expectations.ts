// What could have stood where a statement is at fault. It is tried out: the grammar, with all its conditions, is asked of
// each kind of token whether it would get further with that.

import { EOF, type IToken, type TokenType } from 'chevrotain';
import { clauseWords, reservedWords, softWords } from '../lexer/keywords.ts';
import * as tokens from '../lexer/tokens.ts';

/** Asking costs about a hundred times what parsing up to the place does. Beyond that many tokens nobody is asked. */
export const explainedTokensMax = 400;

const { keywords } = tokens;

/** A token of each kind, as it could stand in a text. What cannot be told from a name follows behind the name. */
const samples: readonly (readonly [TokenType, string])[] = [
  [tokens.Identifier, 'a'],
  [tokens.StringText, "''"],
  [tokens.Integer, '1'],
  [tokens.Decimal, '1.5'],
  [tokens.DateTime, '2024-01-01'],
  [tokens.DurationText, '1h'],
  [tokens.ComparisonSign, '<'],
  [tokens.EqualSign, '='],
  [tokens.AndSign, '&'],
  [tokens.OrSign, '|'],
  [tokens.NotSign, '!'],
  [tokens.Plus, '+'],
  [tokens.Minus, '-'],
  [tokens.Star, '*'],
  [tokens.DoubleStar, '**'],
  [tokens.Slash, '/'],
  [tokens.Percent, '%'],
  [tokens.Dot, '.'],
  [tokens.Comma, ','],
  [tokens.LeftBracket, '('],
  [tokens.RightBracket, ')'],
  [tokens.LeftSquare, '['],
  [tokens.RightSquare, ']'],
  ...[...reservedWords, ...clauseWords, ...softWords].map((word) => [keywords[word], word] as const),
];

const constants = [
  tokens.Integer,
  tokens.Decimal,
  tokens.StringText,
  tokens.DateTime,
  keywords.TRUE,
  keywords.FALSE,
  keywords.NULL,
  keywords.NAN,
  tokens.Plus,
  tokens.Minus,
];

const operands = [
  ...constants,
  tokens.Identifier,
  tokens.NotSign,
  tokens.Star,
  tokens.DoubleStar,
  tokens.LeftBracket,
  keywords.ROOT,
  keywords.TIME,
  keywords.TIMESTAMP,
];

/** What is named together if all of it is possible. */
const groups: readonly { readonly label: string; readonly members: readonly TokenType[] }[] = [
  { label: 'an expression', members: [...operands, keywords.NOT] },
  { label: 'an operand', members: operands },
  { label: 'a constant', members: constants },
  { label: 'a time', members: [tokens.Integer, tokens.DateTime, keywords.NOW, tokens.Plus, tokens.Minus] },
  {
    label: 'a name',
    members: [tokens.Identifier, tokens.DurationText, ...clauseWords.map((word) => keywords[word])],
  },
  {
    label: 'an operator',
    members: [
      tokens.ComparisonSign,
      tokens.EqualSign,
      tokens.AndSign,
      tokens.OrSign,
      tokens.Plus,
      tokens.Minus,
      tokens.Star,
      tokens.Slash,
      tokens.Percent,
      keywords.AND,
      keywords.OR,
      keywords.NOT,
      keywords.IN,
      keywords.IS,
      keywords.LIKE,
      keywords.REGEXP,
      keywords.BETWEEN,
    ],
  },
];

/** The labels of what `accepts` at `offset`. */
export function expectedAt(offset: number, accepts: (token: IToken) => boolean): readonly string[] {
  const accepted = new Set<TokenType>();
  for (const [type, image] of samples) {
    const isPlainWord = accepted.has(tokens.Identifier) && type.CATEGORIES?.includes(tokens.Name);
    if (!isPlainWord && accepts(tokenOf(type, image, offset))) accepted.add(type);
  }
  const labels: string[] = [];
  for (const { label, members } of groups) {
    if (!members.every((type) => accepted.has(type))) continue;
    labels.push(label);
    for (const type of members) accepted.delete(type);
  }
  labels.push(...Array.from(accepted, (type) => type.LABEL ?? type.name));
  return [...new Set(labels)];
}

export function enumerated(labels: readonly string[]): string {
  return labels.length < 2 ? labels.join() : `${labels.slice(0, -1).join(', ')} or ${labels.at(-1)}`;
}

/** The end of a statement, for a place in a sentence. */
export const endLabel = 'the end of the statement';

const shownCharsMax = 40;

export function foundLabel(token: IToken): string {
  if (token.tokenType === EOF) return endLabel;
  const { image } = token;
  return JSON.stringify(image.length > shownCharsMax ? `${image.slice(0, shownCharsMax)}...` : image);
}

/** What is often meant by what stands where a name is expected. */
export function adviceOn({ image, tokenType }: IToken): string {
  if (tokenType === tokens.StringText) return '; a name stands in backquotes, not in quotes';
  const looksLikeOne = /^\w+$/.test(image);
  return looksLikeOne ? `; as a name it would have to stand in backquotes: \`${image}\`` : '';
}

function tokenOf(tokenType: TokenType, image: string, startOffset: number): IToken {
  return { tokenType, tokenTypeIdx: tokenType.tokenTypeIdx!, image, startOffset };
}
