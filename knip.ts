import type { KnipConfig } from 'knip';

const tests = 'src/**/*.{test,bench,apiserver}.ts';

/** Nobody but us uses this repository, so an export that nobody imports is an error, as an unused file is. */
const config: KnipConfig = {
  // Installed by whoever runs the suites that call them.
  ignoreBinaries: ['kubectl', 'perf', 'redis-cli'],
  ignoreExportsUsedInFile: { interface: true, type: true },
  workspaces: {
    '.': {},
    'apps/*': { entry: ['src/main.ts', tests], project: 'src/**/*.ts' },
    'apps/cli': {
      entry: ['bin/*.mjs', 'src/main.ts', 'src/supervisor.ts', tests],
      project: ['bin/*.mjs', 'src/**/*.ts'],
    },
    'apps/proxy': {
      entry: ['bin/*.mjs', 'src/main.ts', tests],
      project: ['bin/*.mjs', 'src/**/*.ts'],
    },
    'apps/e2e': {
      entry: [tests, 'src/*/main.ts', 'kind/*.kind.ts'],
      project: ['src/**/*.ts', 'kind/**/*.ts'],
    },
    'libs/*': { entry: tests, project: 'src/**/*.ts', includeEntryExports: true },
    'libs/store-conformance': { includeEntryExports: true, project: 'src/**/*.ts' },
    tools: {
      entry: ['*/main.ts', 'redis-suite/fetch.ts', '**/*.{test,bench}.ts'],
      project: '**/*.ts',
    },
  },
};

export default config;
