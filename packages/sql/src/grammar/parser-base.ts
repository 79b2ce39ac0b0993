// What the grammar of every family of statements builds on. Rules run once without input, when chevrotain records them;
// so whatever looks at tokens or nodes stands in ACTION.

import {
  EmbeddedActionsParser,
  EOF,
  type IParserErrorMessageProvider,
  type IToken,
  type TokenType,
  tokenMatcher,
} from 'chevrotain';
import { type SqlErrorCode, sqlErrorAt } from '../errors.ts';
import { vocabulary } from '../lexer/tokens.ts';
import { defaultLimits, type SqlLimits } from '../limits.ts';
import type { Span } from '../span.ts';

/** What was expected is found out once, for the error that is reported (expectations.ts), not for all that are tried. */
const errorMessageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: () => 'mismatch',
  buildNotAllInputParsedMessage: () => 'more input',
  buildNoViableAltMessage: () => 'no alternative',
  buildEarlyExitMessage: () => 'early exit',
};

export class ParserBase extends EmbeddedActionsParser {
  #text = '';
  #depth = 0;
  #operands = 0;
  protected limits: SqlLimits = defaultLimits;

  constructor() {
    super([...vocabulary], { maxLookahead: 1, recoveryEnabled: false, errorMessageProvider });
  }

  /** `tokens` lie in `text`. */
  begin(text: string, tokens: IToken[], limits: SqlLimits): void {
    this.#text = text;
    this.#depth = 0;
    this.#operands = 0;
    this.limits = limits;
    this.input = tokens;
  }

  /** What was read last must not be held until the next statement comes. */
  end(): void {
    this.#text = '';
    this.input = [];
  }

  protected fail(code: SqlErrorCode, reason: string, span: Span): never {
    throw sqlErrorAt(code, reason, span, this.#text);
  }

  /** From `first` to what was consumed last. */
  protected spanFrom(first: IToken | Span): Span {
    return { start: 'startOffset' in first ? first.startOffset : first.start, end: endOf(this.LA(0)) };
  }

  /** Of the next token; at the end, the place behind the last one. */
  protected nextSpan(): Span {
    const token = this.LA(1);
    if (token.tokenType !== EOF) return spanOf(token);
    const end = endOf(this.LA(0));
    return { start: end, end };
  }

  protected next(distance: number, ...types: TokenType[]): boolean {
    const token = this.LA(distance);
    return types.some((type) => tokenMatcher(token, type));
  }

  /** Whether nothing, not even a blank, stands between the token at `distance` and the one before it. */
  protected isAdjacent(distance: number): boolean {
    const token = this.LA(distance);
    return token.tokenType !== EOF && endOf(this.LA(distance - 1)) === token.startOffset;
  }

  /** The parser's own stack is what a bracket in a bracket costs, before there is a tree whose depth could be measured. */
  protected enterNested(): void {
    this.#depth++;
    if (this.#depth > this.limits.depthMax) this.failForDepth(this.nextSpan());
  }

  protected leaveNested(): void {
    this.#depth--;
  }

  protected countOperand(): void {
    const { operandsMax } = this.limits;
    if (++this.#operands <= operandsMax) return;
    this.fail('SQL_OVER_LIMITS', `the expressions of a statement may have ${operandsMax} operands`, this.nextSpan());
  }

  protected failForDepth(span: Span): never {
    this.fail('SQL_OVER_LIMITS', `expressions may nest ${this.limits.depthMax} deep; this one nests deeper`, span);
  }
}

export function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: endOf(token) };
}

function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}
