import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests run from source: packages resolve each other through the `balsa-source` export condition.
  resolve: { conditions: ['balsa-source'] },
  ssr: { resolve: { conditions: ['balsa-source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'forks',
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
