import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** What a pure lib must take as a parameter instead (style: pure core, thin edges). */
const impure = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Date.now is banned in a pure lib: take nowMs as a parameter.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'new Date() is banned in a pure lib: take nowMs as a parameter.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Math.random is banned in a pure lib: take a random source as a parameter.',
  },
  {
    selector:
      'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|queueMicrotask)$/]',
    message: 'Timers are banned in a pure lib: they belong to an adapter.',
  },
  {
    selector: "CallExpression[callee.object.name='performance']",
    message: 'The clock is banned in a pure lib: take nowMs as a parameter.',
  },
];
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
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
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
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          banTransitiveDependencies: true,
          depConstraints: [
            {
              sourceTag: 'type:core',
              onlyDependOnLibsWithTags: ['type:core'],
              allowedExternalImports: ['zod'],
            },
            { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:core', 'type:adapter'] },
            { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:core', 'type:adapter'] },
            {
              sourceTag: 'type:testing',
              onlyDependOnLibsWithTags: ['type:core', 'type:adapter', 'type:testing'],
            },
            {
              sourceTag: 'type:e2e',
              onlyDependOnLibsWithTags: ['type:core', 'type:adapter', 'type:testing'],
            },
            {
              sourceTag: 'type:tool',
              onlyDependOnLibsWithTags: ['type:core', 'type:adapter', 'type:testing'],
            },
            {
              sourceTag: 'scope:data',
              bannedExternalImports: ['ioredis', 'etcd3', '@kubernetes/*'],
            },
          ],
        },
      ],
    },
  },
  {
    files: ['libs/{resp,slots,commands,topology,store,lifecycle,api}/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.bench.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*'], message: 'A pure lib does no I/O: put it in an adapter.' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'A pure lib reads no environment.' },
        { name: 'Buffer', message: 'A pure lib uses Uint8Array.' },
      ],
      'no-restricted-syntax': ['error', ...bannedEverywhere, ...impure],
    },
  },
  {
    // Tests are stories and tables: their length is not complexity. They may use the testkit and what only tests need.
    files: [
      '**/*.test.ts',
      '**/*.config.ts',
      'knip.ts',
      'libs/testkit/**/*.ts',
      'apps/e2e/**/*.ts',
      'tools/**/*.ts',
    ],
    rules: {
      'max-lines-per-function': 'off',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: ['@keyfleet/testkit'],
          banTransitiveDependencies: false,
          depConstraints: [
            {
              sourceTag: '*',
              onlyDependOnLibsWithTags: ['type:core', 'type:adapter', 'type:testing'],
            },
          ],
        },
      ],
    },
  },
  { files: ['**/*.config.ts', 'knip.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['tools/**/*.ts', 'apps/cli/src/**/*.ts'], rules: { 'no-console': 'off' } },
);
