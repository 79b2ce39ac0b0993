// Flags over environment over file over defaults: merged as raw values, then checked once by the one schema.

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ServerError } from '../errors.ts';
import { crossCheck } from './cross-checks.ts';
import { nearestName } from './nearest.ts';
import { type ListenConfig, type NodeConfig, ownMember } from './node-config.ts';
import { describeIssue } from './problems.ts';
import { type ParsedSettings, parseSettings } from './schema.ts';
import { type Setting, settings } from './setting.ts';
import { readYaml } from './yaml.ts';

export interface ConfigSources {
  /** Path of a YAML file. */
  readonly file?: string | undefined;
  /** Usually `process.env`; only names that start with `BALSA_` are looked at. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Flag names without hyphens to their text: `{ 'node-id': '2' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>> | undefined;
}

type RawSettings = Record<string, unknown>;

/** Hundreds of members fit. The time to read YAML grows with the square of its keys: a megabyte took minutes. */
const fileBytesMax = 64 * 1024;
const problemsShownMax = 20;
const problemCharsMax = 300;
// Kubernetes adds such variables for a service that is called "balsa".
const kubernetesServiceVariable = /^BALSA_(.+_)?(SERVICE|PORT)(_|$)/;

/**
 * Reads, merges and checks the configuration.
 * @throws ServerError CONFIG_UNREADABLE if the file cannot be read; CONFIG_INVALID with one line for each problem.
 */
export function loadConfig(sources: ConfigSources = {}): NodeConfig {
  const { file } = sources;
  return merge(file === undefined ? {} : settingsIn(readFile(file), file), sources);
}

/** What `loadConfig` makes of a file with this text, with nothing laid over it. @throws ServerError CONFIG_INVALID. */
export function parseConfig(text: string, file: string): NodeConfig {
  return merge(settingsIn(text, file), { file });
}

function merge(raw: RawSettings, sources: ConfigSources): NodeConfig {
  const origins = new Map<string, string>();
  const problems = [
    ...overlay(raw, sources.env ?? {}, origins, environmentSource),
    ...overlay(raw, sources.flags ?? {}, origins, flagSource),
  ];
  const sourceOf = (path: readonly string[]): string => originOf(path, origins) ?? sources.file ?? 'built-in default';
  const parsed = parseSettings(raw);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => describeIssue(issue, sourceOf)));
  } else {
    problems.push(...crossCheck(parsed.data));
  }
  if (problems.length > 0 || !parsed.success) {
    throw invalid(problems, sources.file);
  }
  return complete(parsed.data, sources.file);
}

function invalid(problems: readonly string[], file: string | undefined): ServerError {
  const lines = problems.flatMap((problem) => problem.split('\n'));
  const count = lines.length === 1 ? 'one problem' : `${lines.length} problems`;
  const where = file === undefined ? '' : ` of ${file}`;
  const shown = lines.slice(0, problemsShownMax).map(shorten);
  if (lines.length > problemsShownMax) shown.push(`and ${lines.length - problemsShownMax} more`);
  return new ServerError('CONFIG_INVALID', [`${count} in the configuration${where}`, ...shown].join('\n  '));
}

function shorten(line: string): string {
  return line.length > problemCharsMax ? `${line.slice(0, problemCharsMax)}…` : line;
}

function complete(parsed: ParsedSettings, file: string | undefined): NodeConfig {
  const own = ownMember(parsed);
  const listen: ListenConfig = {
    peer: parsed.listen.peer ?? own.peer,
    client: parsed.listen.client ?? own.client,
    http: parsed.listen.http ?? own.http,
  };
  const baseFolder = file === undefined ? process.cwd() : dirname(resolve(file));
  return { ...parsed, listen, dataFolder: resolve(baseFolder, parsed.dataFolder) };
}

function readFile(path: string): string {
  try {
    const bytes = statSync(path).size;
    if (bytes > fileBytesMax) {
      throw new ServerError(
        'CONFIG_INVALID',
        `${path} has ${bytes} bytes; a configuration has at most ${fileBytesMax}`,
      );
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof ServerError) {
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError('CONFIG_UNREADABLE', `cannot read the configuration: ${reason}`, { cause: error });
  }
}

function settingsIn(text: string, path: string): RawSettings {
  const { value, problem } = readYaml(text);
  if (problem !== undefined) {
    throw new ServerError('CONFIG_INVALID', `${path} is not YAML: ${problem}`);
  }
  if (value === null || value === undefined) {
    return {};
  }
  if (!isMap(value)) {
    const got = Array.isArray(value) ? 'a list' : typeof value;
    throw new ServerError('CONFIG_INVALID', `${path}: expected a map of settings, got ${got}`);
  }
  return value;
}

interface TextSource {
  readonly ours: (name: string) => boolean;
  readonly nameOf: (setting: Setting) => string;
  readonly display: (name: string) => string;
}

const environmentSource: TextSource = {
  ours: (name) => name.startsWith('BALSA_') && !kubernetesServiceVariable.test(name),
  nameOf: (setting) => setting.environmentName,
  display: (name) => name,
};

const flagSource: TextSource = {
  ours: () => true,
  nameOf: (setting) => setting.flagName,
  display: (name) => `--${name}`,
};

/** Lays the texts over `raw`, in place; returns a line for each name that is no setting. */
function overlay(
  raw: RawSettings,
  texts: Readonly<Record<string, string | undefined>>,
  origins: Map<string, string>,
  source: TextSource,
): string[] {
  const problems: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    if (text === undefined || !source.ours(name)) {
      continue;
    }
    const setting = settings.find((candidate) => source.nameOf(candidate) === name);
    if (setting === undefined) {
      const nearest = nearestName(name, settings.map(source.nameOf));
      const advice = nearest === undefined ? 'no setting has this name' : `did you mean ${source.display(nearest)}?`;
      problems.push(`${source.display(name)}: unknown setting, ${advice}`);
      continue;
    }
    assign(raw, setting.path, valueFrom(setting, text));
    origins.set(setting.path.join('.'), source.display(name));
  }
  return problems;
}

/** Text that is not what the setting wants is left as it is: the schema then says what was expected. */
function valueFrom(setting: Setting, text: string): unknown {
  if (setting.kind === 'integer') {
    return /^-?\d+$/.test(text.trim()) ? Number(text) : text;
  }
  if (setting.kind === 'yaml') {
    const { value, problem } = readYaml(text);
    return problem === undefined ? value : text;
  }
  return text;
}

function assign(raw: RawSettings, path: readonly string[], value: unknown): void {
  let section = raw;
  for (const name of path.slice(0, -1)) {
    let next = section[name];
    if (!isMap(next)) {
      if (next !== undefined && next !== null) {
        return; // The file has something else in the section's place; the schema reports that.
      }
      next = {};
      section[name] = next;
    }
    section = next as RawSettings;
  }
  section[path.at(-1) ?? ''] = value;
}

function originOf(path: readonly string[], origins: ReadonlyMap<string, string>): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) {
      return origin;
    }
  }
  return undefined;
}

function isMap(value: unknown): value is RawSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
