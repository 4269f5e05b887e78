/** Programs that are measured but not part of the repository: fetched once, kept in the user's cache. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Absent } from './candidates.ts';

export const CACHE = join(homedir(), '.cache/keyfleet/bench');

type Fetching = {
  readonly what: string;
  readonly find: () => string | undefined;
  readonly commands: readonly (readonly [string, ...string[]])[];
};

export async function fetchOnce({
  what,
  find,
  commands,
}: Fetching): Promise<{ binary: string } | Absent> {
  const kept = find();
  if (kept !== undefined) return { binary: kept };
  try {
    await mkdir(CACHE, { recursive: true });
    for (const [command, ...args] of commands) await promisify(execFile)(command, args);
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return { absent: `${what} cannot be fetched: ${line ?? ''}` };
  }
  const binary = find();
  return binary === undefined ? { absent: `there is no binary in ${what}` } : { binary };
}
