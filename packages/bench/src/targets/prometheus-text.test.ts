import { expect, test } from 'vitest';
import { readMetric } from './prometheus-text.ts';

const page = `# HELP wal_bytes Total number of bytes.
# TYPE wal_bytes gauge
wal_bytes_other 7
wal_bytes 1.746312e+07
wal_flushes_bucket{le="0.001"} 2
wal_flushes_count 4833 1395066363000
`;

test('a metric is found by its whole name, with and without a timestamp', () => {
  expect(readMetric(page, 'wal_bytes')).toBe(17_463_120);
  expect(readMetric(page, 'wal_flushes_count')).toBe(4833);
});

test('what is not there, or is no number, is undefined', () => {
  expect(readMetric(page, 'wal')).toBeUndefined();
  expect(readMetric('wal_bytes many\n', 'wal_bytes')).toBeUndefined();
});
