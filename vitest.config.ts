import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests run from source: packages resolve each other through the `balsa-source` export condition.
  resolve: { conditions: ['balsa-source'] },
  ssr: { resolve: { conditions: ['balsa-source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
