// The first line, in the shapes that IoTDB's tools write: `Time,root.d.s1,root.d.s2`, or `Time,Device,s1,s2`, with types or without:
// `root.d.s1(INT32)`.

import { namesOf, nameText } from '@balsa/sql';
import { type DataType, dataTypeNamed } from '@balsa/wire';
import { CliError } from '../../errors.ts';

export interface CsvColumn {
  /** As it stands in the file, without its type. */
  readonly name: string;
  /** `undefined`: each row has its own. */
  readonly device: string | undefined;
  readonly measurement: string;
  readonly dataType: DataType | undefined;
}

export interface CsvHead {
  readonly hasDevice: boolean;
  /** Without time and device. */
  readonly columns: readonly CsvColumn[];
}

const typeAtEnd = /^(.*)\((\w+)\)$/s;

/** @throws CliError CSV_BROKEN */
export function readHead(fields: readonly (string | null)[], file: string): CsvHead {
  const [time, second] = fields;
  if (!/^time(?:stamp)?$/i.test(time?.trim() ?? '')) {
    throw broken(file, `the first line must be "Time,root.device.measurement,..." or "Time,Device,measurement,..."`);
  }
  const hasDevice = /^device$/i.test(second?.trim() ?? '');
  const columns = fields.slice(hasDevice ? 2 : 1).map((field, at) => {
    const column = readColumn(field?.trim() ?? '', hasDevice);
    if (typeof column !== 'string') return column;
    throw broken(file, `column ${at + (hasDevice ? 3 : 2)}, "${field ?? ''}": ${column}`);
  });
  if (columns.length === 0) throw broken(file, 'there are no columns beside the time');
  const paths = columns.map(({ device, measurement }) => `${device ?? ''}.${measurement}`);
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice !== undefined) throw broken(file, `there are two columns of ${twice.replace(/^\./, '')}`);
  return { hasDevice, columns };
}

/** What is wrong with it, or the column. */
function readColumn(text: string, hasDevice: boolean): CsvColumn | string {
  const [, head, typeName] = typeAtEnd.exec(text) ?? [];
  const name = head ?? text;
  const dataType = typeName === undefined ? undefined : dataTypeNamed(typeName);
  if (typeName !== undefined && dataType === undefined) return `there is no type ${typeName}`;
  if (hasDevice) {
    const [measurement = '', ...others] = namesOf(`root.${name}`);
    if (measurement === '' || others.length > 0) return 'this is no measurement';
    return { name, device: undefined, measurement: nameText(measurement), dataType };
  }
  const path = seriesOf(name);
  return path === undefined ? 'this is no path such as root.device.measurement' : { name, ...path, dataType };
}

/** A path of names as that of a device and the measurement behind it; `undefined`: it is none. */
export function seriesOf(path: string): { readonly device: string; readonly measurement: string } | undefined {
  if (!path.startsWith('root.')) return undefined;
  const names = namesOf(path);
  if (names.length < 2 || names.some((name) => name === '' || /^\*+$/.test(name))) return undefined;
  return { device: deviceText(names.slice(0, -1)), measurement: nameText(names.at(-1)!) };
}

/** A path of names as nodes write it; `undefined`: it is none. */
export function deviceOf(path: string): string | undefined {
  if (!path.startsWith('root.')) return undefined;
  const names = namesOf(path);
  return names.some((name) => name === '') ? undefined : deviceText(names);
}

function deviceText(names: readonly string[]): string {
  return ['root', ...names.map(nameText)].join('.');
}

function broken(file: string, reason: string): CliError {
  return new CliError('CSV_BROKEN', `${file}:1: ${reason}`);
}
