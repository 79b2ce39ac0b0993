// The simulator can run in a browser one day: nothing that a run needs reaches for Node. Of Node's own modules only the one of
// buffers is left, which has a twin for browsers, and of native ones the checksum's.

import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';

const allowed = ['node:buffer', '@node-rs/crc32'];
/** Codecs of TsFiles, for runs that have files: asked for only then. */
const codecs = ['snappy', 'lz4-napi', '@bokuweb/zstd-wasm'];
const root = fileURLToPath(new URL('..', import.meta.url));

it('a simulation needs nothing of Node but buffers', async () => {
  const built = await build({
    root,
    logLevel: 'silent',
    configFile: false,
    resolve: { conditions: ['balsa-source'] },
    build: {
      write: false,
      minify: false,
      lib: { entry: 'packages/sim/src/levels.ts', formats: ['es'] },
      rollupOptions: { external: (id) => id.startsWith('node:') || id === '@node-rs/crc32' || codecs.includes(id) },
    },
  });
  const chunks = (Array.isArray(built) ? built : [built as Rollup.RollupOutput]).flatMap(({ output }) => output);
  const needed = new Set<string>();
  const visit = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const chunk = chunks.find(({ fileName }) => fileName === name);
    // What is imported only when it is called for is not needed.
    if (chunk?.type === 'chunk') chunk.imports.forEach(visit);
  };
  const [entry] = chunks.filter((chunk) => chunk.type === 'chunk' && chunk.isEntry);
  visit(entry!.fileName);
  const files = chunks.map(({ fileName }) => fileName);
  const foreign = [...needed].filter((name) => !files.includes(name));
  expect(foreign.sort()).toEqual(allowed.sort());
  const code = chunks
    .map((chunk) => (chunk.type === 'chunk' && needed.has(chunk.fileName) ? chunk.code : ''))
    .join('\n');
  expect(code.length).toBeGreaterThan(100_000);
  // Globals that only Node has; `setImmediate` is asked for before it is used.
  expect(
    code.match(
      /\bprocess\.(?:env|nextTick|on|once|hrtime|platform|pid|cwd|argv|memoryUsage)\b|\brequire\(|__dirname/g,
    ) ?? [],
  ).toEqual([]);
});
