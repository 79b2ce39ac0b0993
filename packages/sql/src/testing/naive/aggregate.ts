import type { FunctionCall } from '../../tree/expression.ts';
import { isComparison } from './evaluate.ts';
import type { Value } from './series.ts';

interface Sample {
  readonly time: number;
  readonly values: readonly Value[];
}

/** `runs`: the samples of each argument that is aggregated with others by level. */
export function aggregated(call: FunctionCall, runs: readonly (readonly Sample[])[]): Value {
  const name = call.function.text.toLowerCase();
  const samples = runs.flat().filter(({ values }) => values[0] !== null);
  const numbers = samples.map(({ values }) => Number(values[0]));
  const times = samples.map(({ time }) => time);
  const sum = numbers.reduce((total, value) => total + value, 0);
  const mean = sum / numbers.length;
  const squares = numbers.reduce((total, value) => total + (value - mean) ** 2, 0);
  const best = (isBetter: (a: Sample, b: Sample) => boolean, of: readonly Sample[] = samples): Sample | undefined =>
    of.reduce<Sample | undefined>(
      (found, one) => (found === undefined || isBetter(one, found) ? one : found),
      undefined,
    );
  const ordered = samples.filter(({ values }) => !Number.isNaN(values[0]));
  const first = (value: Sample | undefined): Value => value?.values[0] ?? null;
  switch (name) {
    case 'count':
      return BigInt(samples.length);
    case 'count_time':
      return BigInt(runs.flat().filter(({ values }) => values.some((value) => value !== null)).length);
    case 'sum':
      return numbers.length === 0 ? null : sum;
    case 'avg':
      return numbers.length === 0 ? null : mean;
    case 'min_value':
      return first(best((a, b) => a.values[0]! < b.values[0]!, ordered));
    case 'max_value':
      return first(best((a, b) => a.values[0]! > b.values[0]!, ordered));
    case 'first_value':
      return first(best((a, b) => a.time < b.time));
    case 'last_value':
      return first(best((a, b) => a.time > b.time));
    case 'min_time':
      return times.length === 0 ? null : BigInt(Math.min(...times));
    case 'max_time':
      return times.length === 0 ? null : BigInt(Math.max(...times));
    case 'time_duration':
      return times.length === 0 ? null : BigInt(Math.max(...times) - Math.min(...times));
    case 'extreme': {
      const distance = (value: Value): bigint | number =>
        typeof value === 'bigint' ? (value < 0n ? -value : value) : Math.abs(value as number);
      return first(
        best((a, b) => {
          const [one, other] = [distance(a.values[0]!), distance(b.values[0]!)];
          return one > other || (one === other && a.values[0]! > b.values[0]!);
        }, ordered),
      );
    }
    case 'var_pop':
    case 'stddev_pop':
      if (numbers.length === 0) return null;
      return name === 'var_pop' ? squares / numbers.length : Math.sqrt(squares / numbers.length);
    case 'variance':
    case 'var_samp':
    case 'stddev':
    case 'stddev_samp': {
      const variance = squares / (numbers.length - 1);
      if (numbers.length < 2) return null;
      return name.startsWith('std') ? Math.sqrt(variance) : variance;
    }
    case 'mode': {
      const counts = new Map<Value, Sample[]>();
      for (const sample of samples) counts.set(sample.values[0]!, [...(counts.get(sample.values[0]!) ?? []), sample]);
      const earliest = (of: readonly Sample[]): number => Math.min(...of.map(({ time }) => time));
      let found: [Value, Sample[]] | undefined;
      for (const entry of counts) {
        const isMore = found === undefined || entry[1].length > found[1].length;
        const isAsMany = found !== undefined && entry[1].length === found[1].length;
        if (isMore || (isAsMany && earliest(entry[1]) < earliest(found![1]))) found = entry;
      }
      return found?.[0] ?? null;
    }
    case 'max_by':
    case 'min_by': {
      const keyed = runs.flat().filter(({ values }) => values[1] !== null && !Number.isNaN(values[1]));
      const found = best((a, b) => {
        const [one, other] = [a.values[1]!, b.values[1]!];
        return name === 'max_by'
          ? one > other || (one === other && a.time < b.time)
          : one < other || (one === other && a.time < b.time);
      }, keyed);
      return first(found);
    }
    case 'count_if': {
      const [, threshold, setting] = call.arguments;
      const [operator, number] =
        threshold!.kind === 'comparison'
          ? [threshold.operator, (threshold.right as { value: bigint }).value]
          : ['>=', (threshold as { value: bigint }).value];
      const breaksAtNull = setting?.kind === 'comparison' && (setting.right as { value: string }).value === 'false';
      let count = 0n;
      for (const run of runs) {
        let length = 0n;
        for (const value of [...run.map(({ values }) => values[0]!), false]) {
          if (value === true) length++;
          else if (value === false || breaksAtNull) {
            if (length > 0n && isComparison(operator, length, number)) count++;
            length = 0n;
          }
        }
      }
      return count;
    }
    default:
      throw new Error(`naive: ${name}`);
  }
}
