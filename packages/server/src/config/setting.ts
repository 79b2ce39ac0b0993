// Walks the schema once and lists its settings, so that environment variables, flags and the default file follow from it.

import { z } from 'zod';
import { schemaRoot } from './schema.ts';

export interface Setting {
  /** Field names from the root of the file. */
  readonly path: readonly string[];
  /** `BALSA_TIMING_ELECTION_TIMEOUT_MS` */
  readonly environmentName: string;
  /** `timing-election-timeout-ms`, without the leading hyphens */
  readonly flagName: string;
  readonly description: string;
  /** How the text of a flag or variable becomes a value: as it is, as a number, or as YAML (lists). */
  readonly kind: 'text' | 'integer' | 'yaml';
  /** `undefined`: the setting is optional and has none. */
  readonly defaultValue: unknown;
  readonly example: string | undefined;
}

export interface Section {
  readonly path: readonly string[];
  readonly description: string;
  readonly children: readonly (Section | Setting)[];
}

export function isSection(node: Section | Setting): node is Section {
  return 'children' in node;
}

export const rootSection: Section = sectionOf(schemaRoot, []);

export const settings: readonly Setting[] = leavesOf(rootSection);

function sectionOf(schema: z.ZodType, path: readonly string[]): Section {
  const { inner } = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) {
    throw new TypeError(`${path.join('.')} is not a section`);
  }
  const children = Object.entries(inner.shape).map(([name, child]): Section | Setting => {
    const childPath = [...path, name];
    const childSchema = asSchema(child);
    return unwrap(childSchema).inner instanceof z.ZodObject
      ? sectionOf(childSchema, childPath)
      : settingOf(childSchema, childPath);
  });
  return { path, description: schema.meta()?.description ?? '', children };
}

function settingOf(schema: z.ZodType, path: readonly string[]): Setting {
  const { inner, defaultValue } = unwrap(schema);
  const words = path.flatMap((name) => name.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  const { description = '', examples } = schema.meta() ?? {};
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return {
    path,
    environmentName: ['BALSA', ...words].join('_').toUpperCase(),
    flagName: words.join('-'),
    description,
    kind: inner instanceof z.ZodNumber ? 'integer' : inner instanceof z.ZodArray ? 'yaml' : 'text',
    defaultValue,
    example: typeof example === 'string' ? example : undefined,
  };
}

function leavesOf(section: Section): Setting[] {
  return section.children.flatMap((child) => (isSection(child) ? leavesOf(child) : [child]));
}

function unwrap(schema: z.ZodType): { inner: z.ZodType; defaultValue: unknown } {
  if (schema instanceof z.ZodDefault) {
    return { inner: asSchema(schema.def.innerType), defaultValue: schema.def.defaultValue };
  }
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return { inner: asSchema(schema.def.innerType), defaultValue: undefined };
  }
  return { inner: schema, defaultValue: undefined };
}

function asSchema(value: unknown): z.ZodType {
  if (!(value instanceof z.ZodType)) {
    throw new TypeError('the schema holds something that is not a schema');
  }
  return value;
}
