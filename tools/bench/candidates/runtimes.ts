/** What runs the proxy's source. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Absent } from './candidates.ts';
import { CACHE, fetchOnce } from './fetch-once.ts';

const BUN_VERSION = '1.4.5';
const BUN_HOME = join(CACHE, `bun-${BUN_VERSION}`);

type Command = {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
};
export type Runtime = () => Promise<Command | Absent>;

/** As `keyfleet up` starts it (apps/cli/src/commands.ts). */
export const node: Runtime = () =>
  Promise.resolve({
    command: process.execPath,
    args: ['--max-semi-space-size=2'],
    version: `node ${process.version}`,
  });

export const bun: Runtime = async () => {
  const what = `bun@${BUN_VERSION}`;
  const fetched = await fetchOnce({
    what,
    find: () => globSync(join(BUN_HOME, 'node_modules/@oven/*/bin/bun'))[0],
    // Its script would only move the binary elsewhere.
    commands: [['npm', 'install', '--ignore-scripts', '--prefix', BUN_HOME, what]],
  });
  if ('absent' in fetched) return fetched;
  return { command: fetched.binary, args: [], version: `bun ${BUN_VERSION}` };
};
