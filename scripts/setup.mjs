// @ts-check
// Makes a fresh clone runnable with nothing but Node and npm: installs what the lockfile names, then builds.
// It runs before every npm script, so it must be quick when there is nothing to do, and it writes only to standard error,
// so that a command's JSON on standard output stays alone there.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest Node this project runs on; the same as `engines` in package.json. */
const OLDEST_NODE = [20, 19];
/** A failing install or build can print a lot; this much is kept to be shown. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const root = fileURLToPath(new URL('..', import.meta.url));

checkNode();
if (!installed()) {
  step('installing the packages of package-lock.json', npm(), ['ci', '--include=dev', '--no-audit', '--no-fund']);
}
// `npm test` builds by itself, as a step that it reports like any other.
if (!process.argv.includes('--no-build')) {
  step('building', join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ['-b']);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(`Balsa needs Node ${OLDEST_NODE.join('.')} or newer, and this is Node ${process.versions.node}: see nodejs.org`);
}

/**
 * Whether node_modules holds what package-lock.json says. Compares the versions themselves: file times lie after a
 * checkout, a copy or an interrupted install. Optional packages are left out, being those of other platforms.
 */
function installed() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined) fail('package-lock.json is missing or is not JSON: restore it with git');
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that runs this script, else the one on the PATH. */
function npm() {
  const { npm_execpath: path = 'npm' } = process.env;
  return path;
}

/**
 * Runs a program or script silently; shows what it said only if it fails.
 * @param {string} title
 * @param {string} program
 * @param {string[]} args
 */
function step(title, program, args) {
  const terminal = process.stderr.isTTY === true;
  process.stderr.write(terminal ? `${title}…` : `${title}\n`);
  const [command, ...rest] = program === 'npm' ? [program, ...args] : [process.execPath, program, ...args];
  const { status, stdout, stderr, error } = spawnSync(command, rest, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    // On Windows npm is a command file, which only a shell can run.
    shell: program === 'npm' && process.platform === 'win32',
  });
  if (terminal) process.stderr.write('\r\x1b[K');
  if (status === 0) return;
  const output = [stdout, stderr, error?.message].filter(Boolean).join('\n').trim();
  fail(`${output}\n\n${title} failed: what went wrong is above`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
