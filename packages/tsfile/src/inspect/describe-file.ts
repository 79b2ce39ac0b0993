// A description of a file as lines for people.

import type { Statistics, StatisticValue } from '../layout/statistics.ts';
import type { ChunkDescription, FileDescription, SeriesDescription } from './inspect-file.ts';

const textCharsMax = 32;

export function describeTsFile(file: FileDescription): string[] {
  const lines = [`TsFile of version ${file.version}, ${file.sizeBytes} bytes`];
  lines.push(`  data ${file.dataBytes} bytes, index ${file.sizeBytes - file.dataBytes} bytes, ${filterText(file)}`);
  for (const [key, value] of file.properties) lines.push(`  property ${key} = ${value ?? 'none'}`);
  for (const { table, columns } of file.tableSchemas) {
    lines.push(`  table ${table}: ${columns.map(({ name }) => name).join(', ')}`);
  }
  for (const { device, series } of file.devices) {
    lines.push(device);
    for (const it of series) lines.push(...seriesLines(it));
  }
  if (file.isCut) lines.push('... and more series');
  return lines;
}

function filterText({ bloomFilter }: FileDescription): string {
  if (bloomFilter === undefined) return 'no bloom filter';
  return `bloom filter of ${bloomFilter.sizeBits} bits and ${bloomFilter.hashes} hashes`;
}

function seriesLines({ measurement, type, isAligned, statistics, chunkCount, chunks }: SeriesDescription): string[] {
  const name = type === 'times' ? 'times of aligned series' : `${measurement} ${type}${isAligned ? ', aligned' : ''}`;
  const count = chunkCount === 1 ? '1 chunk' : `${chunkCount} chunks`;
  return [`  ${name}: ${count}, ${statisticsText(statistics)}`, ...chunks.flatMap(chunkLines)];
}

function chunkLines({ offset, encoding, compression, statistics, storedBytes, ...parts }: ChunkDescription): string[] {
  const { pages, spanCount } = parts;
  const uncompressedBytes = pages.reduce((sum, page) => sum + page.uncompressedBytes, 0);
  const sizes = `${storedBytes} bytes of ${uncompressedBytes}`;
  const spans = spanCount === 0 ? '' : `, statistics of ${spanCount} spans`;
  const head = `    chunk at ${offset}: ${encoding}, ${compression}, ${sizes}, ${statisticsText(statistics)}${spans}`;
  if (pages.length < 2) return [head];
  const pageLines = pages.map(
    (page) =>
      `      page at ${page.offset}: ${page.compressedBytes} bytes of ${page.uncompressedBytes}, ${
        page.statistics === undefined ? 'no values' : statisticsText(page.statistics)
      }`,
  );
  return [head, ...pageLines];
}

function statisticsText({ count, startTime, endTime, ...values }: Statistics): string {
  if (count === 0) return 'no values';
  const named = (['min', 'max', 'first', 'last', 'sum'] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`${name} ${valueText(value)}`];
  });
  return [count === 1 ? '1 value' : `${count} values`, `times ${startTime} to ${endTime}`, ...named].join(', ');
}

function valueText(value: StatisticValue): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const text = Buffer.from(value).toString('utf8');
  return JSON.stringify(text.length > textCharsMax ? `${text.slice(0, textCharsMax)}…` : text);
}
