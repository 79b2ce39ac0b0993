// The fields of one line of a history, taken one by one, each checked as it is taken. What is left at the end is an error: a
// misspelt "return" must not turn an answered operation into one without an answer.

import { HistoryError, type HistoryErrorCode } from './history-error.ts';
import type { Value } from './operation.ts';

const valueLengthMax = 1024;

export class Fields {
  readonly #line: number;
  readonly #code: HistoryErrorCode;
  readonly #fields: Map<string, unknown>;

  /** Faults are reported for this line, under this code. */
  constructor(code: HistoryErrorCode, line: number, fields: object) {
    this.#code = code;
    this.#line = line;
    this.#fields = new Map(Object.entries(fields));
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  number(name: string): number {
    const value = this.#take(name);
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.error(`"${name}" must be a number`);
    return value;
  }

  integer(name: string): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value)) throw this.error(`"${name}" must be a whole number that a double holds exactly`);
    return value;
  }

  boolean(name: string): boolean {
    const value = this.#take(name);
    if (typeof value !== 'boolean') throw this.error(`"${name}" must be true or false`);
    return value;
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || value.length > valueLengthMax)
      throw this.error(`"${name}" must be a text of at most ${valueLengthMax} characters`);
    return value;
  }

  value(name: string): Value {
    return this.#asValue(name, this.#take(name));
  }

  values(name: string): Value[] {
    const values = this.#take(name);
    if (!Array.isArray(values)) throw this.error(`"${name}" must be an array`);
    return values.map((value: unknown) => this.#asValue(name, value));
  }

  /** The fields of an object within the line. */
  nested(name: string): Fields {
    const value = this.#take(name);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.error(`"${name}" must be an object`);
    return new Fields(this.#code, this.#line, value);
  }

  /** Nothing else may be there. */
  end(): void {
    const [name] = this.#fields.keys();
    if (name !== undefined) throw this.error(`"${name}" is not known here`);
  }

  error(message: string): HistoryError {
    return new HistoryError(this.#code, this.#line, message);
  }

  #take(name: string): unknown {
    if (!this.#fields.has(name)) throw this.error(`"${name}" is missing`);
    const value = this.#fields.get(name);
    this.#fields.delete(name);
    return value;
  }

  #asValue(name: string, value: unknown): Value {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value === 'string' && value.length <= valueLengthMax) return value;
    throw this.error(
      `"${name}" must hold null, true, false, numbers, or texts of at most ${valueLengthMax} characters`,
    );
  }
}
