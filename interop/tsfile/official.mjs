// The official libraries, and the programs here that drive them. What is fetched stays in results/interop-tsfile.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const pythonPackage = 'tsfile==2.5.0';

export const work = join(here, '../../results/interop-tsfile');

/** Fetches a version of the Java library and compiles the programs against it; gives what runs them. */
export function prepareJava(version) {
  const libraries = join(work, `java-${version}`);
  if (!existsSync(libraries)) {
    const pom = join(here, `java/pom-${version}.xml`);
    run('mvn', ['-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`]);
  }
  const classes = join(work, `classes-${version}`);
  mkdirSync(classes, { recursive: true });
  const classPath = [classes, ...readdirSync(libraries).map((jar) => join(libraries, jar))].join(':');
  const folders = [join(here, 'java/common'), join(here, `java/${version}`)];
  const sources = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  run('javac', ['-nowarn', '-cp', classPath, '-d', classes, ...sources]);
  return (program, args) => run('java', ['-cp', classPath, program, ...args.map(String)]);
}

/** Fetches the Python package; gives what runs a program. */
export function preparePython() {
  const environment = join(work, 'python');
  if (!existsSync(environment)) {
    run('python3', ['-m', 'venv', environment]);
    run(join(environment, 'bin/pip'), ['install', '--quiet', pythonPackage]);
  }
  return (program, ...args) => run(join(environment, 'bin/python'), [join(here, 'python', program), ...args]);
}

function run(command, args) {
  execFileSync(command, args, { stdio: ['ignore', 'inherit', 'pipe'], maxBuffer: 1 << 26 });
}
