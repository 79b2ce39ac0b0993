import { describe, it } from 'vitest';
import { seriesSourceCases } from '../conformance/index.ts';
import { type MemorySeries, MemorySource, type MemorySourceOptions } from './memory-source.ts';

describe.each<[string, MemorySourceOptions]>([
  ['in large blocks', { blockRows: 5000 }],
  ['in small ones, with summaries', { blockRows: 7, summaryPoints: 50 }],
])('a source in memory, %s', (_how, options) => {
  const cases = seriesSourceCases({
    create: async (samples) => {
      const series: Record<string, MemorySeries[string]> = {};
      for (const { device, measurement, dataType, points } of samples) {
        series[device] = { ...series[device], [measurement]: [dataType, ...points] };
      }
      return new MemorySource(series, options);
    },
    destroy: async () => {},
  });
  it.each(cases)('$name', ({ run }) => run());
});
