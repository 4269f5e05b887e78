import { defineConfig } from 'vitest/config';

/** Tests that start real servers get time for them; a unit test that needs it is wrong. */
export default defineConfig({
  test: {
    projects: ['apps/*', 'libs/*', 'tools'].map((root) => ({ extends: true, root })),
    include: ['**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
