import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Files that leave a worker other than they found it, or that measure it. */
const alone = [
  // Loads modules anew, without WebAssembly.
  'packages/codes/src/kernels.test.ts',
  // Measure what memory, and what CPU time, the process takes.
  'packages/bench/src/fuzz/targets.test.ts',
  'packages/wire/src/frames.test.ts',
  // Count the sockets, and the timers, of the process: those of an earlier file may end a little later.
  'packages/replica/src/host/host-in-the-open.test.ts',
  'packages/replica/src/transport/tcp-transport.test.ts',
  'packages/server/src/process/heap-headroom.test.ts',
  // Takes away what listens for uncaught exceptions.
  'packages/wire/src/turn.test.ts',
];
const include = ['packages/*/src/**/*.test.ts', 'examples/*.test.ts', 'tests/**/*.test.ts'];

export default defineConfig({
  // Tests run from source: packages resolve each other through the `balsa-source` export condition.
  resolve: {
    conditions: ['balsa-source'],
    // Its modules as they were bundled by its makers: each of them by itself, and 640 of lodash, take longer to load than many a test to run.
    alias: { chevrotain: fileURLToPath(new URL('node_modules/chevrotain/lib/chevrotain.mjs', import.meta.url)) },
  },
  ssr: { resolve: { conditions: ['balsa-source'] } },
  test: {
    pool: 'forks',
    // A worker that runs one file after the other loads what they share once: loading it took a fifth of the time of all tests.
    projects: [
      {
        extends: true,
        test: { name: 'together', include, exclude: [...configDefaults.exclude, ...alone], isolate: false },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
    maxWorkers: 2,
    testTimeout: 30_000,
    // `npm run coverage`: of what must not lose anything, by tests and simulations together.
    coverage: {
      provider: 'v8',
      include: [
        'packages/raft/src/**/*.ts',
        'packages/replica/src/{log,snapshot}/**/*.ts',
        'packages/replica/src/{record,configuration-bytes}.ts',
      ],
      exclude: ['**/*.test.ts', '**/*.conformance.ts', '**/testing/**', '**/*-testing.ts', '**/kill-test-writer.ts'],
      reporter: [['text', { skipFull: true }], 'json-summary'],
      reportsDirectory: 'coverage',
      reportOnFailure: true,
      thresholds: { lines: 98 },
    },
  },
});
