// The body of an insertTablet as it usually is, read in one go into the arrays of a tablet. What is rare or wrong is left to JSON.parse and
// tablet-json.ts, which say what is wrong, so nothing is refused here: `undefined` is not a judgement. What is taken, they would have taken alike.

import { type Column, ColumnMemory, type DataType, dataTypeNamed, type Tablet } from '@balsa/wire';
import { Refusal } from '../service/refusal.ts';
import { JsonScanner } from './json-scanner.ts';
import { columnFromJson, columnOfNumbers, timestampsOf } from './tablet-json.ts';

/** An insertTablet that was read. */
export class TabletRequest {
  readonly tablet: Tablet;
  readonly isAligned: boolean;

  constructor(tablet: Tablet, isAligned: boolean) {
    this.tablet = tablet;
    this.isAligned = isAligned;
  }
}

/** Fields by the names that they have in either version of IoTDB's REST. */
const fieldNames: Readonly<Record<string, keyof Fields>> = Object.assign(Object.create(null), {
  device: 'device',
  device_id: 'device',
  deviceId: 'device',
  timestamps: 'timestamps',
  measurements: 'measurements',
  data_types: 'dataTypes',
  dataTypes: 'dataTypes',
  values: 'columns',
  is_aligned: 'isAligned',
  isAligned: 'isAligned',
});

type Fields = { -readonly [Name in keyof Tablet]?: Tablet[Name] | undefined } & { isAligned?: boolean | undefined };

export function scanTablet(body: Buffer): TabletRequest | undefined {
  const scanner = JsonScanner.ofMap(body);
  if (!scanner?.takes('{')) return undefined;
  const fields: Fields = {};
  try {
    do {
      const name = fieldNames[scanner.text() ?? ''];
      if (name === undefined || fields[name] !== undefined || !scanner.takes(':')) return undefined;
      if (!scanField(scanner, name, fields)) return undefined;
    } while (scanner.takes(','));
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { device, timestamps, measurements, dataTypes, columns, isAligned = false } = fields;
  if (!scanner.takes('}') || !scanner.isAtEnd) return undefined;
  if (device === undefined || timestamps === undefined || measurements === undefined) return undefined;
  if (dataTypes === undefined || columns === undefined || measurements.length !== columns.length) return undefined;
  return new TabletRequest({ device, measurements, dataTypes, timestamps, columns }, isAligned);
}

/** False: it is not as usual. @throws Refusal, SyntaxError: as false. */
function scanField(scanner: JsonScanner, name: keyof Fields, fields: Fields): boolean {
  switch (name) {
    case 'device':
      fields.device = scanner.text();
      break;
    case 'timestamps': {
      const numbers = scanner.numbers();
      fields.timestamps = numbers && timestampsOf(numbers);
      break;
    }
    case 'measurements':
      fields.measurements = scanner.texts();
      break;
    case 'dataTypes': {
      const types = scanner.texts()?.map(dataTypeNamed);
      fields.dataTypes = types?.every((type) => type !== undefined) ? types : undefined;
      break;
    }
    case 'columns':
      fields.columns = scanColumns(scanner, fields);
      break;
    case 'isAligned': {
      const word = scanner.word('true', 'false');
      fields.isAligned = word && word === 'true';
    }
  }
  return fields[name] !== undefined;
}

/** Behind the types and the times: these say how the values are kept. */
function scanColumns(scanner: JsonScanner, { timestamps, dataTypes }: Fields): Tablet['columns'] | undefined {
  if (timestamps === undefined || dataTypes === undefined || !scanner.takes('[')) return undefined;
  const rows = timestamps.length;
  // No memory is taken for what is not there.
  if (!scanner.mayHave(rows * dataTypes.length)) return undefined;
  const memory = new ColumnMemory(dataTypes, rows);
  const columns: Column[] = [];
  for (let position = 0; position < dataTypes.length; position++) {
    if (position > 0 && !scanner.takes(',')) return undefined;
    const column = scanColumn(scanner, position, dataTypes[position]!, rows, memory);
    if (column === undefined) return undefined;
    columns.push(column);
  }
  return scanner.takes(']') ? columns : undefined;
}

function scanColumn(
  scanner: JsonScanner,
  position: number,
  type: DataType,
  rows: number,
  memory: ColumnMemory,
): Column | undefined {
  const numbers = scanner.numbers();
  if (numbers !== undefined) return columnOfNumbers(numbers, type, rows, memory);
  const json = scanner.list();
  return json === undefined ? undefined : columnFromJson(JSON.parse(json), position, type, rows);
}
