import type { QueryContext } from '../execute/query-context.ts';
import type { PathPattern, SourceSeries } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import { pathText } from '../text/names.ts';
import type { Path } from '../tree/path.ts';
import { seriesKey } from './bound-series.ts';

/** What a series takes in a plan: its description, its path as nodes, its place in maps. */
const seriesBytes = 1024;

/** The series of a query, asked for once per pattern and counted against its limit. */
export class SeriesCatalog {
  readonly #context: QueryContext;
  readonly #known = new Map<string, SourceSeries>();
  readonly #byPattern = new Map<string, readonly SourceSeries[]>();

  constructor(context: QueryContext) {
    this.#context = context;
  }

  /**
   * The series that match, by path; no more than `countMax`, if there are more than are wanted.
   *
   * @throws StatementError QUERY_OVER_LIMITS, QUERY_OUT_OF_MEMORY.
   */
  async match(pattern: Path, countMax: number = Number.POSITIVE_INFINITY): Promise<readonly SourceSeries[]> {
    const key = `${countMax} ${pathText(pattern)}`;
    const found = this.#byPattern.get(key) ?? (await this.#ask(pattern, countMax));
    this.#byPattern.set(key, found);
    return found;
  }

  async #ask({ nodes, span }: Path, countMax: number): Promise<SourceSeries[]> {
    const { source, limits, budget, signal, pace } = this.#context;
    const found: SourceSeries[] = [];
    for await (const block of source.match([nodes satisfies PathPattern], signal)) {
      await pace.after(block.length);
      for (const series of block) {
        if (found.length >= countMax) return found;
        const key = seriesKey(series);
        if (!this.#known.has(key)) {
          if (this.#known.size === limits.seriesMax) {
            const reason = `a query may read ${limits.seriesMax} series; narrow its paths, or page through them with SLIMIT and SOFFSET`;
            throw new StatementError('QUERY_OVER_LIMITS', reason, span);
          }
          budget.take(seriesBytes);
          this.#known.set(key, series);
        }
        found.push(this.#known.get(key)!);
      }
      if (found.length >= countMax) return found;
    }
    return found;
  }
}

export function joinedPath(prefix: Path, suffix: Path): Path {
  return suffix.isAbsolute ? suffix : { ...suffix, isAbsolute: true, nodes: [...prefix.nodes, ...suffix.nodes] };
}
