/** Style as a test: what the linters do not see, over all that git tracks. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docsRules } from './tidy/docs-rules.ts';
import { packageRules } from './tidy/package-rules.ts';
import { sourceRules } from './tidy/source-rules.ts';
import { readTree, treeOf } from './tidy/tree.ts';

const rules = { ...sourceRules, ...packageRules, ...docsRules };
type RuleName = string;
const tree = readTree(join(import.meta.dirname, '..'));

describe('the repository', () => {
  it.each(Object.entries(rules))('%s', (_name, rule) => {
    expect(rule(tree)).toEqual([]);
  });
});

const manifest = (fields: object) => JSON.stringify({ name: '@keyfleet/x', ...fields });
const adr = '# 1\n\n## Context\n\n## Decision\n\n## Alternatives\n\n## Consequences\n';

/** Each breaks the rule once. */
const broken: [RuleName, Record<string, string>][] = [
  ['files are short', { 'libs/x/src/a.ts': 'x;\n'.repeat(401) }],
  ['files are short', { 'libs/x/src/a.test.ts': 'x;\n'.repeat(801) }],
  ['files are small', { 'docs/a.svg': 'x'.repeat(1_000_001) }],
  ['files are named after what they hold', { 'libs/x/src/utils.ts': '' }],
  ['files are named after what they hold', { 'libs/x/src/slot-helpers.ts': '' }],
  ['files are named after what they hold', { 'libs/x/src/common/a.ts': '' }],
  ['things are named after what they do', { 'libs/x/src/a.ts': 'export function slotHelper() {}' }],
  ['things are named after what they do', { 'libs/x/src/a.ts': 'const utils = {};' }],
  ['exports have names', { 'apps/x/src/a.ts': 'export default 1;' }],
  ['exports have names', { 'apps/x/src/a.ts': 'export { a as default };' }],
  ['the environment is read in main', { 'libs/x/src/a.ts': "process.env['HOME'];" }],
  ['the environment is read in main', { 'apps/x/src/a.ts': 'const { env } = process;' }],
  ['only the command line prints', { 'apps/proxy/src/a.ts': "console.log('x');" }],
  ['only the command line prints', { 'libs/x/src/a.ts': "console.error('x');" }],
  ['what is left to do has an issue', { 'libs/x/src/a.ts': '// TODO: later' }],
  ['what is left to do has an issue', { 'tools/x.sh': '# FIXME(soon)' }],
  ['no test runs alone', { 'libs/x/src/a.test.ts': "it.only('x', () => {}); // why" }],
  ['no test runs alone', { 'libs/x/src/a.test.ts': "describe.concurrent.only('x', f);" }],
  ['a skipped test says why', { 'libs/x/src/a.test.ts': "\nit.skip('x', () => {});" }],
  ['relative imports name the file', { 'libs/x/src/a.ts': "import { b } from './b';" }],
  ['relative imports name the file', { 'libs/x/src/a.ts': "} from '../b.js';" }],
  ['no file names a package registry', { '.npmrc': 'registry=http://127.0.0.1:4873' }],
  ['no file names a package registry', { 'package-lock.json': '"resolved": "https://x.y/z"' }],
  ['no file names a package registry', { 'docs/a.md': 'https://registry.npmjs.org/nx' }],
  ['packages have tags', { 'libs/x/package.json': manifest({}) }],
  ['packages have tags', { 'apps/x/package.json': manifest({ nx: { tags: ['type:app'] } }) }],
  ['folders have content', { 'libs/x/package.json': manifest({}) }],
  [
    'imports are declared',
    {
      'package.json': manifest({ devDependencies: { ioredis: '6.0.0' } }),
      'libs/x/package.json': manifest({ devDependencies: { ioredis: '6.0.0' } }),
      'libs/x/src/a.ts': "import { Redis } from 'ioredis';",
    },
  ],
  [
    'imports are declared',
    {
      'libs/x/package.json': manifest({}),
      'libs/x/src/a.test.ts': "import {\n  a,\n} from '@keyfleet/testkit';",
    },
  ],
  [
    'packages are no circle',
    { 'libs/x/package.json': manifest({ dependencies: { '@keyfleet/x': '*' } }) },
  ],
  ['versions are exact', { 'libs/x/package.json': manifest({ dependencies: { zod: '^4.0.0' } }) }],
  ['decisions are numbered without gaps', { 'docs/adr/0002-a.md': adr }],
  ['decisions are numbered without gaps', { 'docs/adr/0001-a.md': adr, 'docs/adr/0001-b.md': adr }],
  ['decisions say what else was possible', { 'docs/adr/0001-a.md': '## Context\n' }],
  [
    'dependencies have a reason',
    { 'apps/x/package.json': manifest({ dependencies: { zod: '4.0.0' } }) },
  ],
  ['dependencies have a reason', { 'docs/dependencies.md': '| `zod` | schemas |' }],
];

/** Each is near to what the rule forbids. */
const kept: [RuleName, Record<string, string>][] = [
  ['files are short', { 'libs/x/src/generated/a.ts': 'x;\n'.repeat(401) }],
  ['exports have names', { 'vitest.config.ts': 'export default {};' }],
  ['the environment is read in main', { 'apps/x/src/main.ts': 'process.env' }],
  ['only the command line prints', { 'apps/cli/src/a.ts': "console.log('x');" }],
  ['what is left to do has an issue', { 'libs/x/src/a.ts': '// TODO(K12): later' }],
  ['a skipped test says why', { 'libs/x/src/a.test.ts': "// no IPv6 here\nit.skip('x', f);" }],
  ['relative imports name the file', { 'libs/x/src/a.ts': "import b from './b.json';" }],
  [
    'imports are declared',
    {
      'package.json': manifest({ devDependencies: { vitest: '5.0.0' } }),
      'libs/x/package.json': manifest({ dependencies: { '@a/b': '1.0.0' } }),
      'libs/x/src/a.ts': "import { c } from '@a/b/c';\nimport 'node:fs';",
      'libs/x/src/a.test.ts': "import { it } from 'vitest';",
    },
  ],
];

describe('tidy', () => {
  it.each(broken)('finds where it is not so that %s', (name, files) => {
    expect(rules[name]!(treeOf(files))).toHaveLength(1);
  });

  it.each(kept)('lets be, under %s, what looks alike', (name, files) => {
    expect(rules[name]!(treeOf(files))).toEqual([]);
  });

  it('finds a reference that is not fresh', () => {
    const found = rules['the generated reference is fresh']!(treeOf({}));
    expect(found).toContain(
      'docs/generated/config.md  is not what its source says now: npm run docs',
    );
  });

  it('is tried on something broken in each of its rules', () => {
    const tried = new Set([...broken.map(([name]) => name), 'the generated reference is fresh']);
    expect(Object.keys(rules).filter((name) => !tried.has(name))).toEqual([]);
  });
});
