import type { IToken, ParserMethod } from 'chevrotain';
import { SqlError } from '../errors.ts';
import { Comma, keywords } from '../lexer/tokens.ts';
import type { SqlLimits } from '../limits.ts';
import type { Path } from '../tree/path.ts';
import type { Statement } from '../tree/statement.ts';
import { ShowGrammar } from './show-grammar.ts';

export class SqlParser extends ShowGrammar {
  readonly statement: ParserMethod<[], Statement> = this.RULE('statement', () =>
    this.OR<Statement>([
      { ALT: () => this.SUBRULE(this.select) },
      { ALT: () => this.SUBRULE(this.insert) },
      { ALT: () => this.SUBRULE(this.delete) },
      { ALT: () => this.SUBRULE(this.create) },
      { ALT: () => this.SUBRULE1(this.dropSchema, { ARGS: [this.CONSUME(keywords.DROP)] }) },
      { ALT: () => this.SUBRULE(this.set) },
      { ALT: () => this.SUBRULE(this.unset) },
      { ALT: () => this.SUBRULE(this.show) },
      { ALT: () => this.SUBRULE(this.counting) },
      { ALT: () => this.SUBRULE(this.flush) },
      { ALT: () => this.SUBRULE(this.clearCache) },
    ]),
  );

  readonly delete: ParserMethod<[], Statement> = this.RULE('delete', () => {
    const first = this.CONSUME(keywords.DELETE);
    return this.OR<Statement>([
      { ALT: () => this.SUBRULE(this.deleteData, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.dropSchema, { ARGS: [first] }) },
    ]);
  });

  readonly flush: ParserMethod<[], Statement> = this.RULE('flush', () => {
    const first = this.CONSUME(keywords.FLUSH);
    const databases: Path[] = [];
    this.MANY_SEP({ SEP: Comma, DEF: () => databases.push(this.SUBRULE(this.fullPath)) });
    const order = this.OPTION(() =>
      this.OR([{ ALT: () => this.CONSUME(keywords.TRUE) }, { ALT: () => this.CONSUME(keywords.FALSE) }]),
    );
    const extent = this.OPTION1(() => {
      this.CONSUME(keywords.ON);
      return this.OR1([{ ALT: () => this.CONSUME(keywords.LOCAL) }, { ALT: () => this.CONSUME(keywords.CLUSTER) }]);
    });
    return this.ACTION((): Statement => {
      const inOrder = order && order.tokenType === keywords.TRUE;
      const isLocal = extent?.tokenType === keywords.LOCAL;
      return { kind: 'flush', databases, inOrder, isLocal, span: this.spanFrom(first) };
    });
  });

  readonly clearCache: ParserMethod<[], Statement> = this.RULE('clearCache', () => {
    const first: IToken = this.CONSUME(keywords.CLEAR);
    this.CONSUME(keywords.CACHE);
    return this.ACTION((): Statement => ({ kind: 'clearCache', span: this.spanFrom(first) }));
  });

  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /**
   * The statement that `tokens` of `text` are, or the first token that does not fit.
   *
   * @throws SqlError for what the grammar allows and makes no sense.
   */
  parse(text: string, tokens: IToken[], limits: SqlLimits): { statement: Statement } | { faulty: IToken } {
    this.begin(text, tokens, limits);
    try {
      const statement = this.statement();
      const [error] = this.errors;
      return error ? { faulty: error.token } : { statement };
    } finally {
      this.end();
    }
  }

  /** Whether a statement that begins with `before` may go on with `token`. */
  accepts(text: string, before: readonly IToken[], token: IToken, limits: SqlLimits): boolean {
    try {
      const result = this.parse(text, [...before, token], limits);
      return 'statement' in result || result.faulty !== token;
    } catch (error) {
      if (error instanceof SqlError) return false;
      throw error;
    }
  }
}
