import { defineConfig } from 'vitest/config';

/**
 * `npm run e2e`. The files share one installation of Keyfleet, and some of them stop parts of it: they run one after
 * the other, and each of their tests is a step that needs those before it.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.kind.ts'],
    globalSetup: ['global-setup.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    reporters: ['verbose'],
  },
});
