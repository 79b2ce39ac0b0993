// Shows that the official readers and ours agree on every value of each other's files. README.md says what it needs.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compressionName, compressions } from '@balsa/tsfile';
import { writeEngineFiles } from './engine-files.mjs';
import { prepareJava, preparePython, work } from './official.mjs';
import { dumpFile, dumpStream, readText, writeFile } from './ours.mjs';
import { allEncodings, isKnownToPython, manySeries } from './samples.mjs';
import { rowsText, schemaText } from './text-form.mjs';

const pageRows = 100;
/** Of a few rows each. */
const statisticsSpan = 10_000n;

let compared = 0;
let failures = 0;

const java = { v3: prepareJava('v3'), v4: prepareJava('v4') };
const python = preparePython();
rmSync(join(work, 'files'), { recursive: true, force: true });
mkdirSync(join(work, 'files'), { recursive: true });

const samples = new Map();
for (const compression of compressions) {
  const name = compressionName(compression).toLowerCase();
  samples.set(`usual-${name}`, allEncodings(compression));
  samples.set(`edges-${name}`, allEncodings(compression, 'edges'));
  samples.set(`python-${name}`, allEncodings(compression, 'python'));
}
samples.set('edges-python', allEncodings(compressions[0], 'edges').filter(isKnownToPython));
samples.set('many', manySeries(compressions[0]));
for (const [name, sample] of samples) {
  writeFileSync(path(name, 'schema'), schemaText(sample));
  writeFileSync(path(name, 'rows'), rowsText(sample));
}

for (const [name, sample] of samples) await writeFile(sample, path(name, 'ours.tsfile'), pageRows, statisticsSpan);
const forJava = [...samples.keys()];
const byJava = forJava.filter((name) => !name.startsWith('edges'));
const byPython = [...samples.keys()].filter((name) => name.startsWith('python') || name === 'many');
const forPython = [...byPython, 'edges-python'];
for (const version of ['v3', 'v4']) {
  java[version]('WriteFiles', [
    pageRows,
    ...byJava.flatMap((name) => [path(name, 'schema'), path(name, 'rows'), path(name, `${version}.tsfile`)]),
  ]);
}
for (const name of byPython)
  python('interop.py', 'write', path(name, 'schema'), path(name, 'rows'), path(name, 'python.tsfile'));

// What official readers make of our files, and of their own.
const files = [
  ...forJava.map((name) => [name, 'ours']),
  ...byJava.flatMap((name) => [
    [name, 'v3'],
    [name, 'v4'],
  ]),
  ...byPython.map((name) => [name, 'python']),
];
java.v4(
  'DumpFiles',
  files.flatMap(([name, writer]) => [
    path(name, `${writer}.tsfile`),
    path(name, `${writer}.java-rows`),
    path(name, `${writer}.java-statistics`),
  ]),
);
for (const name of forPython) {
  for (const writer of writersFor(name))
    python(
      'interop.py',
      'dump',
      path(name, 'schema'),
      path(name, `${writer}.tsfile`),
      path(name, `${writer}.python-rows`),
    );
}

for (const [name, writer] of files) {
  const expected = sorted(await readText(path(name, 'rows')));
  const file = path(name, `${writer}.tsfile`);
  const { rows, statistics } = await dumpFile(file);
  compare(`${name} by ${writer}, read by ours`, expected, sorted(rows));
  compare(`${name} by ${writer}, read by ours as a stream`, expected, sorted(await dumpStream(file)));
  compare(`${name} by ${writer}, read by Java`, expected, sorted(await readText(path(name, `${writer}.java-rows`))));
  const javaStatistics = sorted(await readText(path(name, `${writer}.java-statistics`)));
  compare(`${name} by ${writer}, statistics read by ours and Java`, javaStatistics, sorted(statistics));
}
for (const name of byJava) {
  const [ours, theirs] = [await dumpFile(path(name, 'ours.tsfile')), await dumpFile(path(name, 'v4.tsfile'))];
  compare(`${name}, statistics written by ours and Java`, sorted(theirs.statistics), sorted(ours.statistics));
}
for (const name of forPython) {
  const expected = sorted(await readText(path(name, 'rows')));
  for (const writer of writersFor(name)) {
    compare(
      `${name} by ${writer}, read by Python`,
      expected,
      sorted(await readText(path(name, `${writer}.python-rows`))),
    );
  }
}
// What the storage engine leaves on the disk.
for (const { stage, paths, rows } of await writeEngineFiles(join(work, 'engine'))) {
  java.v4(
    'DumpFiles',
    paths.flatMap((file) => [file, `${file}.java-rows`, `${file}.java-statistics`]),
  );
  const all = new Set();
  for (const [i, file] of paths.entries()) {
    const ours = await dumpFile(file);
    const byOurs = sorted(ours.rows);
    const what = `engine, ${stage}, file ${i + 1} of ${paths.length}`;
    compare(`${what}, read by Java`, byOurs, sorted(await readText(`${file}.java-rows`)));
    const javaStatistics = sorted(await readText(`${file}.java-statistics`));
    compare(`${what}, statistics read by ours and Java`, javaStatistics, sorted(ours.statistics));
    for (const line of byOurs) all.add(line);
  }
  const expected = sorted(rows);
  // What was written again, or deleted, may still be in a file until all are merged.
  const found = paths.length === 1 ? [...all].sort() : expected.filter((line) => all.has(line));
  compare(`engine, ${stage}, what it reads itself`, expected, found);
}
console.log(`${compared} lines compared, ${failures} comparisons failed`);
process.exitCode = failures === 0 ? 0 : 1;

/** Whose files Python reads. */
function writersFor(name) {
  return byPython.includes(name) ? ['ours', 'v4', 'python'] : ['ours'];
}

function path(name, suffix) {
  return join(work, 'files', `${name}.${suffix}`);
}

function sorted(text) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

function compare(what, expected, found) {
  compared += expected.length;
  const [wanted, got] = [new Set(expected), new Set(found)];
  const missing = expected.filter((line) => !got.has(line));
  const surplus = found.filter((line) => !wanted.has(line));
  if (missing.length === 0 && surplus.length === 0 && expected.length === found.length) {
    console.log(`equal      ${String(expected.length).padStart(6)} lines  ${what}`);
    return;
  }
  failures++;
  console.log(`DIFFERENT  ${what}: ${missing.length} missing, ${surplus.length} too many`);
  for (const line of missing.slice(0, 3)) console.log(`    - ${line}`);
  for (const line of surplus.slice(0, 3)) console.log(`    + ${line}`);
}
