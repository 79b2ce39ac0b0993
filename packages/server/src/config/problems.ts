// What is wrong with a configuration, in words that say where, what was expected and what was got.

import type { z } from 'zod';
import { nearestName } from './nearest.ts';
import { isSection, rootSection, type Section } from './setting.ts';

const gotCharactersMax = 60;
const memberFields = ['id', 'peer', 'client', 'http', 'zone'] as const;

/** `sourceOf` names the flag, variable or file that a setting came from. */
export function describeIssue(issue: z.core.$ZodIssue, sourceOf: (path: readonly string[]) => string): string {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownNames(path);
    return issue.keys.map((key) => describeUnknown(path, key, known, sourceOf([...path, key]))).join('\n');
  }
  const where = path.length === 0 ? 'the configuration' : formatPath(path);
  return `${where}: ${issue.message}, got ${describeValue(issue.input)} (${sourceOf(path)})`;
}

function describeUnknown(path: readonly string[], key: string, known: readonly string[], source: string): string {
  const nearest = nearestName(key, known);
  const advice =
    nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${formatPath([...path, nearest])}?`;
  return `${formatPath([...path, key])}: unknown field, ${advice} (${source})`;
}

function knownNames(path: readonly string[]): readonly string[] {
  if (path[0] === 'members') {
    return memberFields;
  }
  let section: Section = rootSection;
  for (const name of path) {
    const child = section.children.find((candidate) => candidate.path.at(-1) === name);
    if (child === undefined || !isSection(child)) {
      return [];
    }
    section = child;
  }
  return section.children.map((child) => child.path.at(-1) ?? '');
}

/** `members[0].peer` */
export function formatPath(path: readonly string[]): string {
  return path.reduce((text, part) => {
    if (/^\d+$/.test(part)) {
      return `${text}[${part}]`;
    }
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

function describeValue(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  const text = jsonOf(value);
  const short = text.length > gotCharactersMax ? `${text.slice(0, gotCharactersMax)}…` : text;
  if (value === null) {
    return 'null';
  }
  return `${Array.isArray(value) ? 'list' : typeof value} ${short}`;
}

/** An alias in YAML may stand within what it names. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'that contains itself';
  }
}
