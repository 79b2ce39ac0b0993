import { csvFormat } from './csv-format.ts';
import { jsonFormat, ndjsonFormat } from './json-format.ts';
import type { FormatOptions, OutputFormat, ResultHead, ResultWriter } from './result-writer.ts';
import { tableFormat } from './table-format.ts';

const formats: Readonly<Record<OutputFormat, (head: ResultHead, options: FormatOptions) => ResultWriter>> = {
  table: tableFormat,
  csv: csvFormat,
  json: jsonFormat,
  ndjson: ndjsonFormat,
};

export function resultWriter(format: OutputFormat, head: ResultHead, options: FormatOptions): ResultWriter {
  return formats[format](head, options);
}
