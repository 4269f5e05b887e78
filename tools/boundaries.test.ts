/** The rules of eslint.config.mjs on who may import what do forbid: snippets, as if they stood in the given files. */
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const rules = [
  '@nx/enforce-module-boundaries',
  'no-restricted-globals',
  'no-restricted-imports',
  'no-restricted-properties',
  'no-restricted-syntax',
];
const eslint = new ESLint({
  cwd: root,
  // None of these rules asks for types, and without them a snippet takes milliseconds.
  ruleFilter: ({ ruleId }) => rules.includes(ruleId),
  overrideConfig: { languageOptions: { parserOptions: { project: false } } },
});

async function lint(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, file) });
  return result!.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

/** [what, file, code, what the message says]; what may be imported is imported with a side effect only. */
const forbidden: [string, string, string, RegExp][] = [
  ['a core lib an adapter', 'libs/topology/src/x.ts', "import '@keyfleet/runtime';", /type:core/],
  [
    'a core lib, in tests, an adapter',
    'libs/api/src/x.test.ts',
    "import '@keyfleet/etcd';",
    /core/,
  ],
  ['a core lib node:fs', 'libs/slots/src/x.ts', "import 'node:fs';", /no I\/O/],
  ['a core lib node:fs/promises', 'libs/slots/src/x.ts', "import 'node:fs/promises';", /no I\/O/],
  ['a core lib fs', 'libs/resp/src/x.ts', "import 'fs';", /no I\/O/],
  ['a core lib a package', 'libs/lifecycle/src/x.ts', "import 'fastify';", /only|allowed/i],
  ['an adapter an app', 'libs/runtime/src/x.ts', "import '@keyfleet/proxy';", /defined in/],
  ['an app an app', 'apps/cli/src/x.ts', "import '@keyfleet/configserver';", /defined in/],
  [
    'an app an app by its path',
    'apps/cli/src/x.ts',
    "import '../../proxy/src/settings.ts';",
    /relative or absolute/,
  ],
  [
    'a lib a lib by its path',
    'libs/topology/src/x.ts',
    "import '../../slots/src/index.ts';",
    /relative or absolute/,
  ],
  [
    'a lib the inside of a lib',
    'libs/api/src/x.ts',
    "import '@keyfleet/topology/src/a.ts';",
    /Deep/,
  ],
  [
    'a test the inside of a lib',
    'libs/api/src/x.test.ts',
    "import '@keyfleet/store/src/a.ts';",
    /Deep/,
  ],
  ['the proxy ioredis', 'apps/proxy/src/x.ts', "import 'ioredis';", /scope:data.*ioredis/],
  ['the proxy etcd3', 'apps/proxy/src/x.ts', "import 'etcd3';", /scope:data.*etcd3/],
  ['an app what it does not declare', 'apps/cli/src/x.ts', "import 'semver';", /defined in/],
  ['an app the testkit', 'apps/proxy/src/x.ts', "import '@keyfleet/testkit';", /Test support/],
  ['an adapter the testkit', 'libs/etcd/src/x.ts', "import '@keyfleet/testkit';", /Test support/],
  ['an app its test support', 'apps/proxy/src/x.ts', "import './testing/a.ts';", /Test support/],
  ['an app at run time', 'apps/cli/src/x.ts', "await import('@keyfleet/proxy');", /defined in/],
  [
    'a lib by re-export',
    'libs/topology/src/x.ts',
    "export * from '@keyfleet/runtime';",
    /type:core/,
  ],
];

const allowed: [string, string, string][] = [
  ['a core lib a core lib', 'libs/topology/src/x.ts', "import '@keyfleet/slots';"],
  ['a core lib zod', 'libs/topology/src/x.ts', "import 'zod';"],
  [
    'a core lib, in tests, the testkit',
    'libs/topology/src/x.test.ts',
    "import '@keyfleet/testkit';",
  ],
  ['a core lib, in tests, node:fs', 'libs/resp/src/x.test.ts', "import 'node:fs';"],
  ['an adapter a core lib', 'libs/etcd/src/x.ts', "import '@keyfleet/store';"],
  ['an adapter an adapter', 'libs/etcd/src/x.ts', "import '@keyfleet/runtime';"],
  ['an adapter node:fs', 'libs/runtime/src/x.ts', "import 'node:fs';"],
  ['an app an adapter', 'apps/configserver/src/x.ts', "import '@keyfleet/etcd';"],
  ['the configserver ioredis', 'apps/configserver/src/x.ts', "import 'ioredis';"],
  ["the proxy's tests ioredis", 'apps/proxy/src/x.test.ts', "import 'ioredis';"],
  ["the proxy's tests the testkit", 'apps/proxy/src/x.test.ts', "import '@keyfleet/testkit';"],
  ["the proxy's test support ioredis", 'apps/proxy/src/testing/x.ts', "import 'ioredis';"],
  ['e2e the testkit', 'apps/e2e/src/x.test.ts', "import '@keyfleet/testkit';"],
];

describe('module boundaries', () => {
  it.each(forbidden)('forbid: %s', async (_what, file, code, message) => {
    expect((await lint(file, code)).join('\n')).toMatch(message);
  });

  it.each(allowed)('allow: %s', async (_what, file, code) => {
    expect(await lint(file, code)).toEqual([]);
  });
});

describe('a pure lib', () => {
  const banned: [string, RegExp][] = [
    ['Date.now()', /nowMs/],
    ['new Date()', /nowMs/],
    ['performance.now()', /nowMs/],
    ['Math.random()', /Randomness/],
    ['crypto.randomUUID()', /Randomness/],
    ['setTimeout(() => 1, 5)', /Timers/],
    ['setInterval', /Timers/],
    ['process.env', /environment/],
    ['Buffer.alloc(1)', /Uint8Array/],
    ['globalThis.process', /globalThis/],
  ];
  it.each(banned)('has no %s', async (expression, message) => {
    const code = `export const x: unknown = ${expression};`;
    expect(await lint('libs/lifecycle/src/x.ts', code)).toEqual([expect.stringMatching(message)]);
    expect(await lint('libs/runtime/src/x.ts', code)).toEqual([]);
    expect(await lint('libs/lifecycle/src/x.test.ts', code)).toEqual([]);
  });

  it('makes a date of a given time', async () => {
    const code = 'export const x = (nowMs: number): Date => new Date(nowMs);';
    expect(await lint('libs/lifecycle/src/x.ts', code)).toEqual([]);
  });
});
