import { defineConfig } from 'vitest/config';

/** The cluster tiers start one real control plane each; they run by themselves, file after file. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/{unit,contract,integration,docs}/**/*.test.ts', 'test/cases/**/*.test.ts'],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'control-plane',
          include: ['test/control-plane/**/*.test.ts'],
          globalSetup: ['test/control-plane/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
