// Samples and files as text, one row or series a line, so that programs in any language can be compared.

import { compressionName, DataType, dataTypeName, encodingName, timeColumnType } from '@balsa/tsfile';

export function schemaText(sample) {
  return lines(
    sample.map((it) => [
      it.device,
      it.isAligned ? 'aligned' : 'plain',
      it.measurement,
      dataTypeName(it.dataType),
      encodingName(it.encoding),
      compressionName(it.compression),
    ]),
  );
}

export function rowsText(sample) {
  return lines(
    sample.flatMap(({ device, measurement, dataType, rows }) =>
      [...rows].map(([time, value]) => [device, measurement, dataTypeName(dataType), time, valueText(dataType, value)]),
    ),
  );
}

export function valueText(dataType, value) {
  if (dataType === DataType.FLOAT) return Number.isNaN(value) ? 'nan' : hexOf(4, (bytes) => bytes.writeFloatBE(value));
  if (dataType === DataType.DOUBLE)
    return Number.isNaN(value) ? 'nan' : hexOf(8, (bytes) => bytes.writeDoubleBE(value));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return String(value);
}

/** As java/v4/DumpFiles.java. */
export function statisticsText(device, { measurement, dataType, statistics }) {
  const { count, startTime, endTime, min, max, first, last, sum } = statistics;
  const fields = [device, measurement, count];
  if (count > 0) {
    fields.push(startTime, endTime);
    const named = { min, max, first, last };
    for (const [name, value] of Object.entries(named)) {
      if (value !== undefined) fields.push(`${name} ${valueText(dataType, value)}`);
    }
    if (sum !== undefined) fields.push(`sum ${typeof sum === 'bigint' ? sum : valueText(DataType.DOUBLE, sum)}`);
  }
  return dataType === timeColumnType || fields.length > 0 ? fields.join('\t') : '';
}

export function lines(rows) {
  return rows.map((fields) => `${fields.join('\t')}\n`).join('');
}

function hexOf(size, write) {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes.toString('hex');
}
