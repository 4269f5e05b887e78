import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

// The boundary rule reads the graph that Nx made last, and without one it lets everything pass. Nx makes it before
// each of its own tasks; ESLint alone (an editor, a test) has to.
if (process.env.NX_TASK_TARGET_PROJECT === undefined) await createProjectGraphAsync();

const packages = globSync(['apps/*/package.json', 'libs/*/package.json', 'tools/package.json'], {
  cwd: import.meta.dirname,
}).map((file) => {
  const { name, nx } = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  return { folder: dirname(file), name, tags: nx?.tags ?? [] };
});
const tagged = (...tags) => packages.filter((one) => one.tags.some((tag) => tags.includes(tag)));

/** What a pure lib must take as a parameter instead (style: pure core, thin edges). */
const impureGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name) => ({
    name,
    message: 'Timers are banned in a pure lib: they belong to an adapter.',
  })),
  { name: 'performance', message: 'The clock is banned in a pure lib: take nowMs as a parameter.' },
  { name: 'crypto', message: 'Randomness is banned in a pure lib: take it as a parameter.' },
  { name: 'process', message: 'A pure lib reads no environment: take it as a parameter.' },
  { name: 'globalThis', message: 'globalThis is banned in a pure lib: name what you need.' },
  { name: 'Buffer', message: 'A pure lib uses Uint8Array.' },
];
const impureProperties = [
  {
    object: 'Date',
    property: 'now',
    message: 'The clock is banned in a pure lib: take nowMs as a parameter.',
  },
  {
    object: 'Math',
    property: 'random',
    message: 'Randomness is banned in a pure lib: take a source of it as a parameter.',
  },
];
const impureSyntax = [
  {
    selector: ":matches(NewExpression, CallExpression)[callee.name='Date'][arguments.length=0]",
    message: 'new Date() is banned in a pure lib: take nowMs as a parameter.',
  },
];
const impureImports = {
  regex: `^(node:.*|(${builtinModules.join('|')})(/.*)?)$`,
  message: 'A pure lib does no I/O: put it in an adapter.',
};
const deepImports = {
  regex: '^@keyfleet/[^/]+/',
  message:
    'Deep imports are banned: import the package, and let its index.ts export what is needed.',
};
const testImports = {
  regex: `^(${tagged('type:testing')
    .map(({ name }) => name)
    .join('|')})$|/testing/|\\.(test|bench|apiserver)\\.ts$`,
  message: 'Test support is banned in production code.',
};
const testFiles = [
  '**/*.{test,bench,apiserver}.ts',
  '**/testing/**/*.ts',
  ...tagged('type:testing', 'type:e2e', 'type:tool').map(({ folder }) => `${folder}/**/*.ts`),
  '*.ts',
];

/** Who may import whom (design §2). In tests the same holds, and the testkit and what only tests need may be used. */
function boundaries({ inTests }) {
  const testing = inTests ? ['type:testing'] : [];
  const all = ['type:core', 'type:adapter', 'type:testing'];
  const core = { sourceTag: 'type:core', onlyDependOnLibsWithTags: ['type:core', ...testing] };
  const data = {
    sourceTag: 'scope:data',
    bannedExternalImports: ['ioredis', 'etcd3', '@kubernetes/*'],
  };
  return [
    'error',
    {
      allow: [],
      banTransitiveDependencies: !inTests,
      // Whoever uses test support in tests may also be used by it: that circle is none at run time.
      ignoredCircularDependencies: [['*', 'tag:type:testing']],
      depConstraints: [
        inTests ? core : { ...core, allowedExternalImports: ['zod'] },
        ...(inTests ? [] : [data]),
        ...['type:adapter', 'type:app'].map((sourceTag) => ({
          sourceTag,
          onlyDependOnLibsWithTags: ['type:core', 'type:adapter', ...testing],
        })),
        ...['type:testing', 'type:e2e', 'type:tool'].map((sourceTag) => ({
          sourceTag,
          onlyDependOnLibsWithTags: all,
        })),
      ],
    },
  ];
}

const bannedEverywhere = [
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Default exports are banned: name what you export.',
  },
  {
    selector: 'ThrowStatement > CallExpression',
    message: 'Throw with `throw new X(…)`, so that a forgotten throw cannot hide.',
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      '.nx/',
      '**/generated/',
      '**/fixtures/',
      '.keyfleet/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      // One program for all: one for each package takes more memory than Node.js gives.
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...bannedEverywhere],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@nx/enforce-module-boundaries': boundaries({ inTests: false }),
      'no-restricted-imports': ['error', { patterns: [deepImports, testImports] }],
    },
  },
  {
    files: tagged('type:core').map(({ folder }) => `${folder}/src/**/*.ts`),
    ignores: testFiles,
    rules: {
      'no-restricted-imports': ['error', { patterns: [deepImports, testImports, impureImports] }],
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', ...impureProperties],
      'no-restricted-syntax': ['error', ...bannedEverywhere, ...impureSyntax],
    },
  },
  {
    // Tests are stories and tables: their length is not complexity.
    files: testFiles,
    rules: {
      'max-lines': ['error', { max: 800 }],
      'max-lines-per-function': 'off',
      '@nx/enforce-module-boundaries': boundaries({ inTests: true }),
      'no-restricted-imports': ['error', { patterns: [deepImports] }],
    },
  },
  { files: ['tools/**/*.ts'], rules: { 'max-lines': ['error', { max: 400 }] } },
  {
    // The tools that read these files want a default export.
    files: ['**/vitest.*config.ts', 'knip.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['tools/**/*.ts', 'apps/cli/src/**/*.ts'], rules: { 'no-console': 'off' } },
);
