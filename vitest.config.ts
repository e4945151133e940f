import { defineConfig } from 'vitest/config';

/** The cluster tiers run file after file: each file of control-plane starts a control plane of its own, those of node share one node. */
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
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts'],
          globalSetup: ['test/node/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
