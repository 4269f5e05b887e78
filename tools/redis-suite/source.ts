/**
 * Debian's source package of the redis-server that is installed here, which has the suite: fetched once by apt into a
 * cache outside the repository, with lists and sources of its own, so that nothing on the machine changes.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asSource } from './deb-src.ts';

const run = promisify(execFile);
const CACHE = join(homedir(), '.cache/keyfleet/redis-suite');
const APT = '/etc/apt';

export type Source = { readonly version: string; readonly path: string };

export async function fetchSource(): Promise<Source> {
  const version = await installedVersion();
  const folder = folderOf(version);
  const path = unpackedIn(folder) ?? (await fetchInto(folder, version));
  return { version, path };
}

/** What was fetched before; null: nothing was. */
export async function fetchedSource(): Promise<Source | null> {
  const version = await installedVersion().catch(() => null);
  const path = version === null ? undefined : unpackedIn(folderOf(version));
  return version === null || path === undefined ? null : { version, path };
}

function folderOf(version: string): string {
  return join(CACHE, version.replaceAll(/[^\w.+~-]/g, '_'));
}

function unpackedIn(folder: string): string | undefined {
  const [script] = globSync(join(folder, 'redis-*/runtest'));
  return script?.slice(0, -'/runtest'.length);
}

async function installedVersion(): Promise<string> {
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${source:Version}', 'redis-server']);
  return stdout.trim();
}

async function fetchInto(folder: string, version: string): Promise<string> {
  const parts = join(folder, 'sources');
  const lists = join(folder, 'lists');
  for (const path of [parts, join(lists, 'partial')]) await mkdir(path, { recursive: true });
  for (const [name, text] of await machineSources())
    await writeFile(join(parts, name), asSource(name, text));
  const options = Object.entries({
    'Dir::State::Lists': lists,
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': parts,
    'APT::Sandbox::User': 'root',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  // Not every archive has sources: whether ours has, the next step shows.
  await run('apt-get', [...options, 'update', '-q']).catch(() => undefined);
  await run('apt-get', [...options, 'source', '-q', `redis=${version}`], { cwd: folder });
  const path = unpackedIn(folder);
  if (path === undefined)
    throw new Error(`Cannot find runtest in ${folder}: want it in the source package of redis`);
  return path;
}

async function machineSources(): Promise<[name: string, text: string][]> {
  const parts = (await readdir(join(APT, 'sources.list.d'))).filter((name) =>
    /\.(list|sources)$/.test(name),
  );
  const files = [
    ['sources.list', join(APT, 'sources.list')],
    ...parts.map((name) => [name, join(APT, 'sources.list.d', name)]),
  ];
  return Promise.all(
    files.map(async ([name, path]): Promise<[string, string]> => [
      name === 'sources.list' ? 'machine.list' : name!,
      await readFile(path!, 'utf8').catch(() => ''),
    ]),
  );
}
