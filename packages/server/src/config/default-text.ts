// Prints the documented default file from the schema, so that file and schema cannot drift apart.

import { stringify } from 'yaml';
import { isSection, rootSection, type Section, type Setting } from './setting.ts';

const commentColumnsMax = 110;
const indent = '  ';
const units: readonly (readonly [bytes: number, name: string])[] = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];

const head = `\
# Balsa: configuration of one node.
#
# Every setting can also be given as an environment variable or as a flag; flags win over variables, variables over
# this file: timing.electionTimeoutMs is BALSA_TIMING_ELECTION_TIMEOUT_MS and --timing-election-timeout-ms.
# What is left out has its default. An unknown name is an error.`;

/** A YAML file that holds every setting with its default and its meaning. Loading it gives the defaults. */
export function defaultConfigText(): string {
  const blocks = rootSection.children.map((child) => print(child).join('\n'));
  return `${[head, ...blocks].join('\n\n')}\n`;
}

function print(node: Section | Setting): string[] {
  return [...describe(node), ...(isSection(node) ? printSection(node) : printSetting(node))];
}

function printSection(section: Section): string[] {
  // A map whose every entry is a comment would read as null: such a section is a comment as a whole.
  const optional = section.children.every((child) => !isSection(child) && child.defaultValue === undefined);
  const body = section.children.flatMap((child) =>
    optional && !isSection(child) ? [...describe(child), ...valueLines(child)] : print(child),
  );
  const lines = [`${nameOf(section)}:`, ...body.map((line) => indent + line)];
  return optional ? lines.map(asComment) : lines;
}

/** A setting without a default is shown by its example, as a comment. */
function printSetting(setting: Setting): string[] {
  const lines = valueLines(setting);
  return setting.defaultValue === undefined ? lines.map(asComment) : lines;
}

function valueLines(setting: Setting): string[] {
  const value = setting.defaultValue ?? setting.example;
  const yaml = stringify({ [nameOf(setting)]: value }, { lineWidth: 0 }).trimEnd();
  return `${yaml}${sizeComment(setting)}`.split('\n');
}

function describe(node: Section | Setting): string[] {
  return node.description.split('\n').flatMap(wrap).map(asComment);
}

/** `  # 16 MiB` after a round number of bytes. */
function sizeComment({ path, defaultValue }: Setting): string {
  if (typeof defaultValue !== 'number' || !path.at(-1)?.includes('Bytes')) {
    return '';
  }
  const unit = units.find(([bytes]) => defaultValue % bytes === 0);
  return unit === undefined ? '' : `  # ${defaultValue / unit[0]} ${unit[1]}`;
}

function nameOf(node: Section | Setting): string {
  return node.path.at(-1) ?? '';
}

function asComment(line: string): string {
  return `# ${line}`;
}

/** Breaks at spaces. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > commentColumnsMax) {
      lines.push(current);
      current = '';
    }
    current += current === '' ? word : ` ${word}`;
  }
  return [...lines, current];
}
