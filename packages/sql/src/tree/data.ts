import type { Span } from '../span.ts';
import type { Expression } from './expression.ts';
import type { Constant, TimeExpression } from './literal.ts';
import type { Name, Path } from './path.ts';

export interface InsertStatement {
  readonly kind: 'insert';
  readonly device: Path;
  readonly isAligned: boolean;
  /** Without the time. */
  readonly measurements: readonly Name[];
  readonly rows: readonly InsertRow[];
  readonly span: Span;
}

export interface InsertRow {
  /** `undefined`: when the statement is executed. Then there is only one row. */
  readonly time: TimeExpression | undefined;
  /** As many as there are measurements. */
  readonly values: readonly Constant[];
  readonly span: Span;
}

/** DELETE FROM: points; the series stay. */
export interface DeleteDataStatement {
  readonly kind: 'deleteData';
  readonly patterns: readonly Path[];
  readonly where: Expression | undefined;
  readonly span: Span;
}
