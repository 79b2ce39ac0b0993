// Which series a device has, and of which types. Devices of a fleet are alike, so they share one shape: a million series
// then cost what their devices cost. Shapes are made by adding one series at a time, and equal steps lead to equal shapes.

import type { DataType } from '@balsa/wire';

export class Shape {
  readonly #parent: Shape | undefined;
  readonly #measurement: string;
  readonly #dataType: DataType | undefined;
  readonly #next = new Map<string, Shape>();
  /** Series in all. */
  readonly size: number;
  /** Made when first asked for: shapes that are only steps to others never are. */
  #types: ReadonlyMap<string, DataType> | undefined;
  #sorted: readonly string[] | undefined;

  private constructor(parent: Shape | undefined, measurement: string, dataType: DataType | undefined) {
    this.#parent = parent;
    this.#measurement = measurement;
    this.#dataType = dataType;
    this.size = parent === undefined ? 0 : parent.size + 1;
  }

  /** The root of a family of shapes. */
  static empty(): Shape {
    return new Shape(undefined, '', undefined);
  }

  /** The shape with one more series, which this one does not have. */
  with(measurement: string, dataType: DataType): Shape {
    const key = `${dataType}.${measurement}`;
    let next = this.#next.get(key);
    if (next === undefined) {
      next = new Shape(this, measurement, dataType);
      this.#next.set(key, next);
    }
    return next;
  }

  /** Without making more of the shape than it is. */
  has(measurement: string): boolean {
    if (this.#types !== undefined) return this.#types.has(measurement);
    for (let at: Shape = this; at.#parent !== undefined; at = at.#parent)
      if (at.#measurement === measurement) return true;
    return false;
  }

  /** Types by measurement, in the order in which they were added. */
  get types(): ReadonlyMap<string, DataType> {
    if (this.#types === undefined) {
      const steps: Shape[] = [];
      for (let at: Shape = this; at.#parent !== undefined; at = at.#parent) steps.push(at);
      this.#types = new Map(steps.reverse().map((it) => [it.#measurement, it.#dataType!]));
    }
    return this.#types;
  }

  /** Measurements in code unit order. */
  get measurements(): readonly string[] {
    this.#sorted ??= [...this.types.keys()].sort();
    return this.#sorted;
  }
}
