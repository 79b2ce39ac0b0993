// What a statement may cost. It comes from outside, so each limit is compared before the memory is taken; docs/errors.md
// says what to do about SQL_OVER_LIMITS.

export interface SqlLimits {
  /** Of one statement, in UTF-16 code units. A token takes about a hundred bytes, and may be as short as one character. */
  readonly statementCharsMax: number;
  /** Of a text of several statements, in UTF-16 code units. */
  readonly textCharsMax: number;
  /** Of a text of several statements, empty ones included. */
  readonly statementsMax: number;
  /** Rows of one INSERT. */
  readonly rowsMax: number;
  /** How deep an expression may nest: brackets, function calls and operators, AND and OR of many operands counting once. */
  readonly depthMax: number;
  /** Series, constants and other operands in the expressions of one statement. */
  readonly operandsMax: number;
  /** Of a number. The longest double has 309 digits before its point; what is longer is a mistake. */
  readonly numberCharsMax: number;
}

export const defaultLimits: SqlLimits = {
  statementCharsMax: 1 << 20,
  textCharsMax: 16 << 20,
  statementsMax: 100_000,
  rowsMax: 50_000,
  depthMax: 100,
  operandsMax: 100_000,
  numberCharsMax: 400,
};
