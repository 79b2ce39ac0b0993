// The rules of the house that no compiler checks. ARCHITECTURE.md gives their reasons.

import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describeStatus, StatusCode } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import {
  filesBelow,
  findCycle,
  importsOf,
  packageOf,
  readDevDependencies,
  readExamples,
  readJson,
  readPackages,
  readText,
  resolveImport,
  root,
} from './workspace.ts';

/** Who may import whom. Every name stands below the ones that may import it. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  // replica for the folders of nodes that do not run, sql for what can be said of a statement before it is sent.
  cli: ['client', 'server', 'replica', 'sql', 'tsfile', 'wire'],
  // Those after wire for the decoders that it fuzzes, and to measure the core and its host by themselves.
  bench: [
    'client',
    'linearizability',
    'server',
    'wire',
    'cli',
    'codes',
    'engine',
    'replica',
    'sim',
    'raft',
    'sql',
    'tsfile',
  ],
  // sql for the statements that it asks of the stores of its nodes.
  sim: ['engine', 'linearizability', 'raft', 'replica', 'sql', 'wire'],
  server: ['engine', 'replica', 'raft', 'sql', 'wire'],
  client: ['wire'],
  engine: ['tsfile', 'wire'],
  replica: ['codes', 'raft', 'wire'],
  raft: [],
  linearizability: [],
  codes: [],
  wire: [],
  tsfile: [],
  sql: ['wire'],
  // What an embedder sees, and nothing else.
  examples: ['replica', 'raft'],
};

/**
 * Beside the index of a package. What a browser may run of the simulator reaches the engine's index, and must not reach for files. What
 * stores and queries must answer is known to the tests of their packages, and asked of them within whole clusters.
 */
const DOORS: readonly string[] = ['@balsa/engine/storage', '@balsa/engine/testing', '@balsa/sql/testing'];

interface Locked {
  resolved?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}

const SCOPE = '@balsa/';
const packages = [...readPackages(), readExamples()];
const devDependencies = readDevDependencies();
const installed = Object.entries(readJson<{ packages: Record<string, Locked> }>('package-lock.json').packages).filter(
  ([path]) => path.startsWith('node_modules/'),
);
const errorCodeType = /^export type \w*ErrorCode =[^;]*;/gm;
const errorCodes = packages
  .flatMap(({ sources }) => sources.flatMap(({ text }) => withoutComments(text).match(errorCodeType) ?? []))
  .flatMap((declaration) => codesIn(declaration, /'([A-Z][A-Z0-9_]+)'/g));
const documents = filesBelow('.', '.md');

describe.each(packages)('package $name', ({ name, folder, dependencies, references, sources }) => {
  const imported = (isTest?: boolean) =>
    sources
      .filter((source) => isTest === undefined || source.isTest === isTest)
      .flatMap((source) => source.imports.map((specifier) => ({ path: source.path, specifier })))
      .filter(({ specifier }) => !specifier.startsWith('.'));

  it('imports only downward', () => {
    const allowed = MAY_IMPORT[name];
    expect(allowed, `give ${name} its place in MAY_IMPORT`).toBeDefined();
    const upward = imported()
      .filter(({ specifier }) => specifier.startsWith(SCOPE))
      .filter(({ specifier }) => !allowed?.includes(packageOf(specifier).slice(SCOPE.length)));
    expect(upward).toEqual([]);
  });

  it('reaches other packages only through their index, their decoders where they are fuzzed, and their suites in tests', () => {
    const deep = imported()
      .filter(({ specifier }) => specifier.startsWith(SCOPE) && specifier.split('/').length > 2)
      .filter(({ specifier }) => !DOORS.includes(specifier))
      .filter(({ path, specifier }) => !(specifier.endsWith('/fuzz') && path.startsWith(`${folder}/src/fuzz/`)))
      .filter(({ path, specifier }) => !(specifier.endsWith('/conformance') && path.endsWith('.test.ts')));
    const outside = sources.flatMap(({ path, imports }) =>
      imports.filter((specifier) => specifier.startsWith('.') && !resolveImport(path, specifier).startsWith(folder)),
    );
    expect([...deep, ...outside]).toEqual([]);
  });

  it('declares exactly the packages it imports', () => {
    const external = (isTest: boolean) =>
      imported(isTest)
        .filter(({ specifier }) => !isBuiltin(specifier))
        .map(({ specifier }) => packageOf(specifier));
    const used = new Set([...external(false), ...external(true).filter((it) => !devDependencies.includes(it))]);
    expect([...dependencies].sort()).toEqual([...used].sort());
  });

  it('is built after the packages it depends on', () => {
    const own = dependencies.filter((it) => it.startsWith(SCOPE)).map((it) => it.slice(SCOPE.length));
    expect([...references].sort()).toEqual(own.sort());
  });

  it('has no cycle among its files', () => {
    expect(findCycle(sources)).toBeUndefined();
  });
});

describe('the pure core', () => {
  const impure =
    /\b(?:Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask|process|console|crypto|Atomics)\b|Math\.random|\bawait\b|\basync\b|\bPromise\b/;

  it('uses no clock, timer, randomness, I/O or promise', () => {
    const sources = packages.find(({ name }) => name === 'raft')?.sources.filter(({ isTest }) => !isTest) ?? [];
    expect(sources.length).toBeGreaterThan(0);
    const found = sources.flatMap(({ path, text, imports }) => [
      ...imports.filter((specifier) => !specifier.startsWith('.')).map((specifier) => `${path}: imports ${specifier}`),
      ...withoutComments(text)
        .split('\n')
        .filter((line) => impure.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    ]);
    expect(found).toEqual([]);
  });
});

describe('error codes', () => {
  it('can all happen', () => {
    const uses = packages
      .flatMap(({ sources }) => sources.filter(({ isTest }) => !isTest))
      .flatMap(({ text }) =>
        codesIn(withoutComments(text).replaceAll(errorCodeType, ''), /['"]([A-Z][A-Z0-9_]+)['"]/g),
      );
    expect(errorCodes.length).toBeGreaterThan(0);
    expect(errorCodes.filter((code) => !uses.includes(code))).toEqual([]);
  });
});

describe('the workspace', () => {
  it('places every package of the table', () => {
    expect(packages.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('builds every package', () => {
    const { references } = readJson<{ references: { path: string }[] }>('tsconfig.json');
    const built = references.map(({ path }) => path);
    expect(packages.map(({ folder }) => folder).filter((folder) => !built.includes(folder))).toEqual([]);
  });

  it('pins packages by hash, not by the address they came from', () => {
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.filter(([, { resolved }]) => resolved?.includes('://'))).toEqual([]);
    expect(installed.filter(([path, { integrity }]) => !integrity && !path.includes(SCOPE))).toEqual([]);
  });

  // An optional package that could not be found when the lockfile was written is silently left out of it; `npm ci` on a
  // fresh clone then refuses the whole lockfile.
  it('locks the binaries of every platform', () => {
    const names = new Set(
      installed.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    );
    const missing = installed.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.has(name))
        .map((name) => `${path} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the documents', () => {
  it.each(documents)('%s links only to what exists', (document) => {
    const targets = [...withoutCode(readText(document)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const broken = targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document : resolveImport(document, path);
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchorsOf(readText(file)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it.each(documents)('%s names only npm scripts that exist', (document) => {
    const { scripts } = readJson<{ scripts: Record<string, string> }>('package.json');
    const named = [...codeOf(readText(document)).matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(
      (match) => match[1] ?? '',
    );
    const ofNpmItself = ['ci', 'install', 'run'];
    expect(named.filter((name) => !(name in scripts) && !ofNpmItself.includes(name))).toEqual([]);
  });

  it('explain every error code, and no other', () => {
    const explained = codesIn(readText('docs/errors.md'), /^\| `([A-Z][A-Z0-9_]+)` \|/gm);
    expect(explained.filter((code, at) => explained.indexOf(code) !== at)).toEqual([]);
    // The store's refusals are status codes by name, explained as such.
    const expected = errorCodes.filter((code) => !(code in StatusCode) || explained.includes(code));
    expect(explained.sort()).toEqual([...new Set(expected)].sort());
  });

  it('explain every status code as the nodes do', () => {
    const rows = readText('docs/errors.md').split('\n');
    const expected = Object.values(StatusCode).map((code) => {
      const { name, retryable, outcome, advice } = describeStatus(code);
      return `| ${code} | \`${name}\` | ${retryable ? 'yes' : 'no'} | ${outcome} | ${advice} |`;
    });
    expect(rows.filter((row) => /^\| \d+ \|/.test(row)).sort()).toEqual(expected.sort());
  });
});

describe('the reader of imports', () => {
  it('sees every form, and nothing in comments', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { b } from '@balsa/b';",
      'import {',
      '  c,',
      "} from 'node:c';",
      "export * from './d.ts';",
      "import './e.ts';",
      "const f = await import('f');",
      "// import { g } from './g.ts';",
    ].join('\n');
    expect(importsOf(text).sort()).toEqual(['./a.ts', './d.ts', './e.ts', '@balsa/b', 'f', 'node:c'].sort());
  });

  it('finds a cycle', () => {
    const file = (path: string, ...imports: string[]) => ({ path, text: '', imports, isTest: false });
    expect(findCycle([file('a.ts', './b.ts'), file('b.ts', './c.ts'), file('c.ts', './b.ts')])).toEqual([
      'b.ts',
      'c.ts',
      'b.ts',
    ]);
    expect(findCycle([file('a.ts', './b.ts', './c.ts'), file('b.ts', './c.ts'), file('c.ts')])).toBeUndefined();
  });
});

function codesIn(text: string, form: RegExp): string[] {
  return [...text.matchAll(form)].map((match) => match[1] ?? '');
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}

/** What stands in code blocks and code spans. */
function codeOf(markdown: string): string {
  return (markdown.match(/^```[\s\S]*?^```|`[^`\n]*`|^ {4}.*$/gm) ?? []).join('\n');
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** Headings as the anchors that forges make of them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}
