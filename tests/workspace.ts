// The workspace as data, for the house tests: packages, their sources, and what each source imports.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('..', import.meta.url));

export interface SourceFile {
  /** From the root, with forward slashes. */
  path: string;
  text: string;
  /** Module specifiers as written: of static and dynamic imports and of re-exports. */
  imports: string[];
  isTest: boolean;
}

export interface Package {
  /** Without the scope. */
  name: string;
  folder: string;
  dependencies: string[];
  /** Packages of this workspace that tsconfig.json builds first. */
  references: string[];
  sources: SourceFile[];
}

/** Tests, and what they share. Conformance suites are none: they are published for others, and bring no test framework. */
const testFile = /\.test\.ts$|-testing\.ts$|\/testing\/|\/test-[^/]+\.ts$/;

interface Manifest {
  dependencies?: Record<string, string>;
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function readJson<T>(path: string): T {
  return JSON.parse(readText(path)) as T;
}

/** Files below `folder` whose names end in `extension`, leaving out what is built or installed. */
export function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !['node_modules', 'dist', '.git'].includes(entry.name))
    .flatMap((entry) => {
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(path, extension);
      return entry.name.endsWith(extension) ? [path] : [];
    });
}

export function readPackages(): Package[] {
  return readdirSync(join(root, 'packages')).map((name) => readPackage(name, `packages/${name}`, 'src'));
}

/** The programs in `examples/`, which are a package of their own. */
export function readExamples(): Package {
  return readPackage('examples', 'examples', '.');
}

/** `sources`: the folder of its sources, in its own. */
function readPackage(name: string, folder: string, sources: string): Package {
  const { references = [] } = readJson<{ references?: { path: string }[] }>(`${folder}/tsconfig.json`);
  return {
    name,
    folder,
    dependencies: Object.keys(readJson<Manifest>(`${folder}/package.json`).dependencies ?? {}),
    references: references.map(({ path }) => path.split('/').at(-1) ?? ''),
    sources: filesBelow(normalize(join(folder, sources)), '.ts').map(readSource),
  };
}

/** What the root offers to every package's tests. */
export function readDevDependencies(): string[] {
  return Object.keys(readJson<{ devDependencies: Record<string, string> }>('package.json').devDependencies);
}

function readSource(path: string): SourceFile {
  const text = readText(path);
  return { path, text, imports: importsOf(text), isTest: testFile.test(path) };
}

/** Sound for this house because its formatter writes imports in one way only. */
export function importsOf(text: string): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const forms = [/^(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'/gm, /^import '([^']+)'/gm, /\bimport\('([^']+)'\)/g];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
}

/** The package that a specifier names: `@balsa/wire/x` is `@balsa/wire`, `zod/v4` is `zod`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Where a relative import leads, from the root. */
export function resolveImport(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier))
    .split(sep)
    .join('/');
}

/** A cycle among files as a chain of paths, or undefined. */
export function findCycle(sources: SourceFile[]): string[] | undefined {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const chain: string[] = [];

  const visit = (path: string): string[] | undefined => {
    if (chain.includes(path)) return [...chain.slice(chain.indexOf(path)), path];
    const source = byPath.get(path);
    if (source === undefined || done.has(path)) return undefined;
    chain.push(path);
    for (const specifier of source.imports) {
      if (!specifier.startsWith('.')) continue;
      const cycle = visit(resolveImport(path, specifier));
      if (cycle !== undefined) return cycle;
    }
    chain.pop();
    done.add(path);
    return undefined;
  };

  for (const { path } of sources) {
    const cycle = visit(path);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
