// Makes the files of packages/tsfile/testdata anew: small ones, by the official writers and by ours.

import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compressions } from '@balsa/tsfile';
import { prepareJava, preparePython } from './official.mjs';
import { writeFile } from './ours.mjs';
import { allEncodings } from './samples.mjs';
import { rowsText, schemaText } from './text-form.mjs';

const target = join(dirname(fileURLToPath(import.meta.url)), '../../packages/tsfile/testdata');
const pageRows = 6;
const rows = 18;
/** Has no common divisor with how many values recur in the samples. */
const step = 11;

const all = small(allEncodings(compressions[0], 'usual', rows, step), true);
const forPython = small(allEncodings(compressions[0], 'python', rows, step), true);
const uncompressed = small(allEncodings(compressions[0], 'edges', rows, step), false);
for (const [name, sample] of Object.entries({ all, python: forPython, uncompressed })) {
  writeFileSync(path(`${name}.schema`), schemaText(sample));
  writeFileSync(path(`${name}.rows`), rowsText(sample));
}
for (const version of ['v3', 'v4']) {
  const args = [path('all.schema'), path('all.rows'), path(`java-${version}.tsfile`)];
  prepareJava(version)('WriteFiles', [pageRows, ...args]);
}
const python = preparePython();
for (const name of ['python.tsfile', 'python-table.tsfile']) rmSync(path(name), { force: true });
python('interop.py', 'write', path('python.schema'), path('python.rows'), path('python.tsfile'));
python('table.py', path('python-table.tsfile'));
await writeFile(all, path('ours.tsfile'), pageRows);
await writeFile(uncompressed, path('ours-uncompressed.tsfile'), pageRows);

/** Every series is compressed in another way. Devices of these names lie the other way round in version 3. */
function small(sample, isCompressed) {
  return sample.map((series, i) => ({
    ...series,
    device: series.isAligned ? 'root.golden.lines.aligned' : 'root.golden.plain',
    compression: isCompressed ? compressions[i % compressions.length] : series.compression,
  }));
}

function path(name) {
  return join(target, name);
}
