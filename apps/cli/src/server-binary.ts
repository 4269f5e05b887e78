import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from './command-error.ts';

export type ServerBinary = {
  readonly path: string;
  readonly flavor: 'redis' | 'valkey';
  readonly version: string;
};

const REDIS_MAJOR_MIN = 7;
const VERSION_TIMEOUT_MS = 5000;

/** Finds a server by name in PATH or by path, and asks what it is. Throws CommandError. */
export async function findServerBinary(
  server: string,
  pathVariable: string,
): Promise<ServerBinary> {
  const path = server.includes('/') ? resolve(server) : findInPath(server, pathVariable);
  if (path === undefined || !isExecutableFile(path))
    throw new CommandError(describeMissing(server));
  const run = promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
  const { stdout } = await run.catch((cause: unknown) => {
    throw new CommandError(`Cannot run ${path} --version`, { cause });
  });
  const [, flavor, version] = /^(Redis|Valkey) server v=(\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  if (flavor === undefined || version === undefined)
    throw new CommandError(`Cannot use ${path}: it is no redis-server and no valkey-server`);
  if (Number(version.split('.')[0]) < REDIS_MAJOR_MIN)
    throw new CommandError(
      `Cannot use ${path}: version ${version}, want ${REDIS_MAJOR_MIN}.0 or newer`,
    );
  return { path, flavor: flavor === 'Redis' ? 'redis' : 'valkey', version };
}

function describeMissing(server: string): string {
  if (server.includes('/'))
    return `Cannot find ${server}: want an executable redis-server or valkey-server`;
  const engine = /^(redis|valkey)-server$/.exec(server)?.[1];
  const install =
    engine === undefined
      ? 'want redis-server, valkey-server or a path'
      : `install it with \`apt-get install ${server}\` (Mac: \`brew install ${engine}\`), or give its path with --server`;
  return `Cannot find ${server} in PATH: ${install}`;
}

function findInPath(name: string, pathVariable: string): string | undefined {
  return pathVariable
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
