import { DataType } from '@balsa/wire';
import type { ColumnHeader } from '../execute/result-set.ts';
import { StatementError } from '../statement-error.ts';
import type { ResultColumn } from '../tree/select.ts';

/** What an expression and its header take in a plan. */
export const outputBytes = 512;

interface Output {
  readonly text: string;
  readonly alias: string | undefined;
  readonly series: string | undefined;
}

/** The columns of a result as they are found, of which SLIMIT and SOFFSET take a part. */
export class OutputList {
  readonly #offset: number;
  readonly #limit: number;
  readonly #countMax: number;
  #skipped = 0;
  readonly #outputs: Output[] = [];
  readonly #aliased = new Map<ResultColumn, string>();

  constructor(offset: number | undefined, limit: number | undefined, countMax: number) {
    this.#offset = offset ?? 0;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#countMax = countMax;
  }

  /** How many more can count. */
  get wanted(): number {
    return this.#offset - this.#skipped + this.#limit - this.#outputs.length;
  }

  /** Each once, in the order in which they came. */
  get texts(): string[] {
    return [...new Set(this.#outputs.map(({ text }) => text))];
  }

  /**
   * @param series what the column shows as it is, if it is that.
   * @returns whether it is a column of the result.
   * @throws StatementError: too many, or an alias for more than one.
   */
  add(column: ResultColumn, text: string, series: string | undefined): boolean {
    const alias = column.alias?.text;
    if (alias !== undefined && (this.#aliased.get(column) ?? text) !== text) {
      throw new StatementError(
        'STATEMENT_INVALID',
        `the alias "${alias}" would name more than one column`,
        column.span,
      );
    }
    this.#aliased.set(column, text);
    if (this.#skipped < this.#offset) {
      this.#skipped++;
      return false;
    }
    if (this.#outputs.length >= this.#limit) return false;
    if (this.#outputs.length === this.#countMax) {
      const reason = `a result may have ${this.#countMax} columns; page through them with SLIMIT and SOFFSET`;
      throw new StatementError('QUERY_OVER_LIMITS', reason, column.span);
    }
    this.#outputs.push({ text, alias, series });
    return true;
  }

  /** `types`: of the texts. `firstColumn`: where the first of them stands in the blocks. */
  headers(types: readonly DataType[], firstColumn: number): ColumnHeader[] {
    const places = new Map(this.texts.map((text, index) => [text, index]));
    return this.#outputs.map(({ text, alias, series }) => {
      const place = places.get(text)!;
      const dataType = types[place]!;
      const isAlias = alias !== undefined;
      return { name: alias ?? text, expression: text, isAlias, dataType, series, blockColumn: firstColumn + place };
    });
  }
}

/** Of an expression that is always null, which could be of any type. */
export const typeOfNull: DataType = DataType.DOUBLE;
