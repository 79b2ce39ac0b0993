// @ts-check
// The packages that others install, as they will install them: packed, put into a fresh folder far from this workspace, compiled
// against by a strict TypeScript program, and run. Needs the built workspace; takes some seconds.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Each after those that it depends on. */
const published = ['raft', 'wire', 'codes', 'replica', 'tsfile'];
const scope = '@balsa/';
/** What a release must not carry. */
const unwanted = /\.test\.|\/testing\/|\.tsbuildinfo$|\/node_modules\//;

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = readJson(join(root, 'packages/raft/package.json'));
const { devDependencies } = readJson(join(root, 'package.json'));

const folder = mkdtempSync(join(tmpdir(), 'balsa-pack-'));
try {
  const tarballs = step('pack', pack);
  step('install into a fresh folder', () => install(tarballs));
  for (const name of published) step(`look through ${scope}${name}`, () => lookThrough(name));
  for (const moduleResolution of ['nodenext', 'bundler']) {
    step(`compile strictly, moduleResolution ${moduleResolution}`, () => compile(moduleResolution));
  }
  step('run', runProgram);
  console.log(
    `✔ ${published.map((name) => `${scope}${name}`).join(', ')} ${version} can be installed, compiled against and run`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns {string[]} */
function pack() {
  return published.map((name) => {
    sweep(join(root, 'packages', name));
    const output = npm(
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      join(root, 'packages', name),
    );
    return `${JSON.parse(output)[0].filename}`;
  });
}

/** The compiler leaves what it once made of files that are gone. @param {string} home */
function sweep(home) {
  for (const path of filesBelow(join(home, 'dist'))) {
    const source = path.replace(/(?:\.d\.ts|\.js)(?:\.map)?$/, '.ts');
    if (source !== path && !existsSync(join(home, 'src', source))) rmSync(join(home, 'dist', path));
  }
}

/** @param {string[]} tarballs */
function install(tarballs) {
  writeJson('package.json', {
    name: 'somebody-elses-program',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(published.map((name, i) => [`${scope}${name}`, `file:${tarballs[i]}`])),
    devDependencies: { '@types/node': devDependencies['@types/node'] },
  });
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'], folder);
}

/** @param {string} name */
function lookThrough(name) {
  const home = installed(name);
  const manifest = readJson(join(home, 'package.json'));
  const { name: fullName, license, type, sideEffects, publishConfig, description, keywords, engines } = manifest;
  deepEqual(
    { fullName, version: manifest.version, license, type, sideEffects, publishConfig },
    {
      fullName: `${scope}${name}`,
      version,
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      publishConfig: { access: 'public' },
    },
  );
  ok(description.length > 20 && keywords.length > 2, 'it says what it is');
  equal(engines.node, readJson(join(root, 'package.json')).engines.node);
  equal(readFileSync(join(home, 'LICENSE'), 'utf8'), readFileSync(join(root, 'LICENSE'), 'utf8'));
  ok(readFileSync(join(home, 'README.md'), 'utf8').startsWith(`# ${scope}${name}\n`), 'it has a README.md of its own');

  const files = filesBelow(home);
  deepEqual(
    files.filter((path) => unwanted.test(path)),
    [],
  );
  for (const [entry, targets] of Object.entries(manifest.exports)) {
    for (const path of Object.values(/** @type {Record<string, string>} */ (targets))) {
      ok(files.includes(path.slice(2)), `${entry} of its exports leads to ${path}, which is not there`);
    }
  }

  const dependencies = Object.keys(manifest.dependencies);
  /** @type {Set<string>} */
  const used = new Set();
  for (const path of files.filter((file) => /^dist\/.*\.(?:js|d\.ts)$/.test(file))) {
    const text = readFileSync(join(home, path), 'utf8');
    for (const specifier of importsOf(text)) {
      if (specifier.startsWith('.')) {
        ok(resolves(home, path, specifier), `${path} imports ${specifier}, which is not there`);
      } else if (!isBuiltin(specifier)) {
        used.add(packageOf(specifier));
      }
    }
    const map = /\/\/# sourceMappingURL=(.+)$/m.exec(text)?.[1];
    ok(map !== undefined, `${path} has no source map`);
    for (const source of readJson(join(home, dirname(path), map)).sources) {
      ok(existsSync(join(home, dirname(path), source)), `${path} comes from ${source}, which is not there`);
    }
  }
  deepEqual([...used].sort(), dependencies.sort(), 'its dependencies are what it imports, no more and no less');
}

/** In a declaration, `./x.ts` stands for `./x.d.ts`. @param {string} home @param {string} path @param {string} specifier */
function resolves(home, path, specifier) {
  const target = join(home, dirname(path), specifier);
  const file = path.endsWith('.d.ts') ? target.replace(/\.(?:ts|js)$/, '.d.ts') : target;
  return existsSync(file);
}

/** @param {string} moduleResolution */
function compile(moduleResolution) {
  mkdirSync(join(folder, 'src'), { recursive: true });
  copyFileSync(join(root, 'examples/replicated-counter.ts'), join(folder, 'src/replicated-counter.ts'));
  writeFileSync(
    join(folder, 'src/all.ts'),
    [
      "export * from '@balsa/raft';",
      "export * as codes from '@balsa/codes';",
      "export * as replica from '@balsa/replica';",
      "export * as suites from '@balsa/replica/conformance';",
      "export * as wire from '@balsa/wire';",
      '',
    ].join('\n'),
  );
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
  writeJson('tsconfig.json', {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023'],
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
}

function runProgram() {
  for (const from of [1, 4]) {
    const lines = run(process.execPath, ['dist/replicated-counter.js'], folder).trimEnd().split('\n');
    deepEqual(
      lines,
      [0, 1, 2].map((i) => `node ${i + 1} counts ${from + i}`),
    );
  }
  writeFileSync(
    join(folder, 'required.cjs'),
    "for (const name of ['raft', 'wire', 'codes', 'replica', 'replica/conformance']) console.log(typeof require('@balsa/' + name));",
  );
  equal(run(process.execPath, ['--no-warnings', 'required.cjs'], folder), 'object\n'.repeat(5));
}

/** @param {string} name */
function installed(name) {
  return join(folder, 'node_modules', `${scope}${name}`);
}

/** Paths below the folder, with forward slashes. @param {string} home @returns {string[]} */
function filesBelow(home) {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(home, resolve(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** Of compiled code and declarations. @param {string} text @returns {string[]} */
function importsOf(text) {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const forms = [
    /\bfrom '([^']+)'/g,
    /\bfrom "([^"]+)"/g,
    /^import ["']([^"']+)["']/gm,
    /\bimport\(["']([^"']+)["']\)/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
}

/** @param {string} specifier */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** @param {string} path In the fresh folder. @param {unknown} value */
function writeJson(path, value) {
  writeFileSync(join(folder, path), `${JSON.stringify(value, undefined, 2)}\n`);
}

/** The npm that runs this script, else the one on the PATH. @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const { npm_execpath: path } = process.env;
  return path === undefined ? run('npm', args, cwd) : run(process.execPath, [path, ...args], cwd);
}

/** @param {string} program @param {string[]} args @param {string} cwd @returns {string} its standard output */
function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    // On Windows npm is a command file, which only a shell can run.
    shell: program === 'npm' && process.platform === 'win32',
  });
  if (status === 0) return stdout;
  throw new Error([`${program} ${args.join(' ')} failed`, stdout, stderr, error?.message].filter(Boolean).join('\n'));
}

/**
 * @template T
 * @param {string} what
 * @param {() => T} work
 * @returns {T}
 */
function step(what, work) {
  const startMs = performance.now();
  try {
    const result = work();
    console.log(`  ${what}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    console.error(`✘ ${what}`);
    throw error;
  }
}
