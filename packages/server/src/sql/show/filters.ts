// The conditions of SHOW and COUNT.

import { type SeriesSchema, seriesPath } from '@balsa/engine';
import type { SchemaFilter } from '@balsa/sql';
import { dataTypeName, StatusCode } from '@balsa/wire';
import { Refusal } from '../../service/refusal.ts';

export function passesDevice(filter: SchemaFilter, path: string): boolean {
  if (filter.kind === 'pathContains') return path.includes(filter.text);
  throw new Refusal(StatusCode.SEMANTIC_ERROR, 'SHOW DEVICES has one condition: DEVICE CONTAINS a text');
}

export function passesSeries(filter: SchemaFilter, series: SeriesSchema): boolean {
  switch (filter.kind) {
    case 'pathContains':
      return (filter.of === 'device' ? series.device : seriesPath(series)).includes(filter.text);
    case 'tag': {
      const value = series.tags.find(([key]) => key === filter.key)?.[1];
      return value !== undefined && (filter.operator === '=' ? value === filter.value : value.includes(filter.value));
    }
    case 'column':
      return columnText(filter.column, series).toUpperCase() === filter.value.toUpperCase();
  }
}

function columnText(column: string, series: SeriesSchema): string {
  switch (column.toLowerCase()) {
    case 'datatype':
      return dataTypeName(series.dataType);
    case 'encoding':
      return series.encoding;
    case 'compression':
    case 'compressor':
      return series.compressor;
    default:
      throw new Refusal(StatusCode.SEMANTIC_ERROR, `${column} is no condition: dataType, encoding and compression are`);
  }
}
