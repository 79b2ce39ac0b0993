import type { SourceSeries } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import { pathText } from '../text/names.ts';
import type { Expression, SeriesOperand } from '../tree/expression.ts';
import type { Path } from '../tree/path.ts';
import { aggregateOf, aggregatesIn } from './aggregate-names.ts';
import { everyOne } from './binder.ts';
import { type BoundSeries, boundTo } from './bound-series.ts';
import { countTimeOperand } from './count-time-operand.ts';
import { expansionsOf } from './expand.ts';
import { joinedPath, type SeriesCatalog } from './series-catalog.ts';
import { seriesOperandsOf } from './series-operands.ts';

/** Finds the series that measurements stand for, for one device after another. */
export class DeviceBinder {
  readonly #catalog: SeriesCatalog;
  readonly #from: readonly Path[];
  readonly #countMax: number;
  /** By operand, by device, by measurement. */
  readonly #found = new Map<string, Map<string, Map<string, SourceSeries>>>();
  #devices: readonly string[] = [];
  #countTimeKey: string | undefined;

  constructor(catalog: SeriesCatalog, from: readonly Path[], countMax: number) {
    this.#catalog = catalog;
    this.#from = from;
    this.#countMax = countMax;
  }

  /** Those with a series that `selected` speaks of, by path. */
  get devices(): readonly string[] {
    return this.#devices;
  }

  /** Looks up what expressions speak of, all devices at once. To be called before all else. */
  async find(selected: readonly Expression[], further: readonly Expression[]): Promise<void> {
    const devices = new Set<string>();
    for (const operand of selected.flatMap((expression) => this.#operandsOf(expression))) {
      for (const device of (await this.#find(operand)).keys()) devices.add(device);
    }
    for (const operand of further.flatMap((expression) => this.#operandsOf(expression))) await this.#find(operand);
    this.#devices = [...devices].sort();
  }

  expansions(expression: Expression, device: string): Iterable<Expression> {
    return expansionsOf(expression, this.#candidates(expression, device), false);
  }

  condition(expression: Expression, device: string): Expression {
    const conditions = expansionsOf(expression, this.#candidates(expression, device), true);
    return everyOne(conditions, expression, this.#countMax);
  }

  countedSeries(device: string): readonly SourceSeries[] {
    const key = this.#countTimeKey;
    return key === undefined ? [] : [...(this.#found.get(key)?.get(device)?.values() ?? [])];
  }

  #candidates(expression: Expression, device: string): BoundSeries[][] {
    return seriesOperandsOf(expression).map(({ path, span }) =>
      [...(this.#found.get(pathText(path))?.get(device)?.values() ?? [])].map((series) => boundTo(series, span)),
    );
  }

  #operandsOf(expression: Expression): readonly SeriesOperand[] {
    const counted = aggregatesIn(expression)
      .filter((call) => aggregateOf(call) === 'count_time')
      .map(countTimeOperand);
    const [first] = counted;
    if (first !== undefined) this.#countTimeKey = pathText(first.path);
    return [...seriesOperandsOf(expression), ...counted];
  }

  async #find(operand: SeriesOperand): Promise<ReadonlyMap<string, unknown>> {
    const { path, span } = operand;
    if (path.isAbsolute || path.nodes.length !== 1 || path.nodes[0]!.kind === 'anyDepth') {
      const reason =
        'with ALIGN BY DEVICE a path is one measurement, or one node with a wildcard: FROM names the devices';
      throw new StatementError('STATEMENT_INVALID', reason, span);
    }
    const key = pathText(path);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const byDevice = new Map<string, Map<string, SourceSeries>>();
    for (const prefix of this.#from) {
      for (const series of await this.#catalog.match(joinedPath(prefix, path))) {
        const ofDevice = byDevice.get(series.device) ?? new Map<string, SourceSeries>();
        byDevice.set(series.device, ofDevice.set(series.measurement, series));
      }
    }
    this.#found.set(key, byDevice);
    return byDevice;
  }
}
