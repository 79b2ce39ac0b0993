export { type ConformanceCase, type SampleSeries, type SourceFixture, seriesSourceCases } from './series-source.ts';
