import type { IToken, ParserMethod } from 'chevrotain';
import { Comma, keywords, LeftBracket, Node, RightBracket } from '../lexer/tokens.ts';
import type { Span } from '../span.ts';
import type { DeleteDataStatement, InsertRow, InsertStatement } from '../tree/data.ts';
import type { Constant, TimeExpression } from '../tree/literal.ts';
import type { Name } from '../tree/path.ts';
import { spanOf } from './parser-base.ts';
import { SelectGrammar } from './select-grammar.ts';

/** In the order of the text: where the time stands, if it does, and the names of the others. */
interface InsertColumns {
  readonly timeAt: number | undefined;
  readonly measurements: readonly Name[];
  readonly count: number;
}

export class DataGrammar extends SelectGrammar {
  readonly insert: ParserMethod<[], InsertStatement> = this.RULE('insert', () => {
    const first = this.CONSUME(keywords.INSERT);
    this.CONSUME(keywords.INTO);
    const device = this.SUBRULE(this.fullPath);
    const columns = this.SUBRULE(this.insertColumns);
    const isAligned = this.OPTION(() => this.CONSUME(keywords.ALIGNED)) !== undefined;
    this.CONSUME(keywords.VALUES);
    const rows: InsertRow[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        this.ACTION(() => this.checkRowCount(rows.length, columns));
        rows.push(this.SUBRULE(this.insertRow, { ARGS: [columns] }));
      },
    });
    return this.ACTION(
      (): InsertStatement => ({
        kind: 'insert',
        device,
        isAligned,
        measurements: columns.measurements,
        rows,
        span: this.spanFrom(first),
      }),
    );
  });

  readonly insertColumns: ParserMethod<[], InsertColumns> = this.RULE('insertColumns', () => {
    const first = this.CONSUME(LeftBracket);
    let timeAt: number | undefined;
    let count = 0;
    const measurements: Name[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        this.OR([
          {
            ALT: () => {
              const time = this.OR1([
                { ALT: () => this.CONSUME(keywords.TIME) },
                { ALT: () => this.CONSUME(keywords.TIMESTAMP) },
              ]);
              this.ACTION(() => {
                if (timeAt !== undefined) this.fail('SQL_INVALID', 'the time is given twice', spanOf(time));
                timeAt = count;
              });
            },
          },
          { ALT: () => measurements.push(this.SUBRULE(this.nodeName)) },
        ]);
        count++;
      },
    });
    this.CONSUME(RightBracket);
    return this.ACTION(() => {
      if (measurements.length === 0) this.fail('SQL_INVALID', 'there is no measurement', this.spanFrom(first));
      return { timeAt, measurements, count };
    });
  });

  readonly insertRow: ParserMethod<[columns: InsertColumns], InsertRow> = this.RULE(
    'insertRow',
    (columns: InsertColumns) => {
      const first = this.CONSUME(LeftBracket);
      const cells: Constant[] = [];
      this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => cells.push(this.SUBRULE(this.constant)) });
      this.CONSUME(RightBracket);
      return this.ACTION(() => this.rowOf(cells, columns, this.spanFrom(first)));
    },
  );

  /** What a name may be where a path ends: behind the dot, as it were. */
  readonly nodeName: ParserMethod<[], Name> = this.RULE('nodeName', () => {
    const token = this.CONSUME(Node);
    return this.ACTION(() => this.nameOf(token));
  });

  /** DELETE has been read. */
  readonly deleteData: ParserMethod<[first: IToken], DeleteDataStatement> = this.RULE('deleteData', (first: IToken) => {
    this.CONSUME(keywords.FROM);
    const patterns = this.SUBRULE(this.pathPatterns);
    const where = this.OPTION(() => this.SUBRULE(this.where));
    return this.ACTION(
      (): DeleteDataStatement => ({ kind: 'deleteData', patterns, where, span: this.spanFrom(first) }),
    );
  });

  private checkRowCount(rowsBefore: number, { timeAt }: InsertColumns): void {
    const { rowsMax } = this.limits;
    if (rowsBefore === rowsMax) {
      this.fail('SQL_OVER_LIMITS', `one INSERT may have ${rowsMax} rows`, this.nextSpan());
    }
    if (rowsBefore === 1 && timeAt === undefined) {
      this.fail('SQL_INVALID', 'without a time there can be only one row', this.nextSpan());
    }
  }

  private rowOf(cells: Constant[], { timeAt, count }: InsertColumns, span: Span): InsertRow {
    if (cells.length !== count) {
      this.fail('SQL_INVALID', `this row has ${cells.length} values; there are ${count} columns`, span);
    }
    if (timeAt === undefined) return { time: undefined, values: cells, span };
    const [time] = cells.splice(timeAt, 1);
    if (!isTime(time!)) this.fail('SQL_INVALID', 'a time is an integer, a date or now()', time!.span);
    return { time, values: cells, span };
  }
}

function isTime(constant: Constant): constant is TimeExpression {
  return ['integer', 'dateTime', 'now', 'timeShift'].includes(constant.kind);
}
