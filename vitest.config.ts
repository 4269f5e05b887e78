import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';

const packages = globSync(['apps/*/package.json', 'libs/*/package.json', 'tools/package.json'])
  .filter((file) => existsSync(file))
  .sort();

/** Tests that start real servers get time for them; a unit test that needs it is wrong. */
export default defineConfig({
  test: {
    projects: packages.map((file) => ({
      extends: true as const,
      root: dirname(file),
      test: { name: (JSON.parse(readFileSync(file, 'utf8')) as { name: string }).name },
    })),
    include: ['**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
