/** twemproxy (`nutcracker`): one thread over standalone servers. It is not fetched here: `bootstrap.sh --bench` asks apt for it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeAddress, startRedis, temporaryDirectory, type Address } from '@keyfleet/testkit';
import { stringify } from 'yaml';
import { ask } from '../run/ask.ts';
import { OwnProcess } from '../run/own-process.ts';
import type { Start } from './candidates.ts';

const SERVERS = 3;
const READY_WITHIN_MS = 10_000;
const BINARY = 'nutcracker';

export const startTwemproxy: Start = async (stack) => {
  const version = await versionOf();
  if (version === null)
    return { absent: 'there is no nutcracker in PATH: apt-get install nutcracker' };

  const servers = [];
  for (let n = 0; n < SERVERS; n++) servers.push(stack.use(await startRedis()));
  const directory = stack.use(await temporaryDirectory());
  const [address, statistics] = [await freeAddress(), await freeAddress()];
  const config = join(directory.path, 'nutcracker.yml');
  await writeFile(config, stringify(twemproxyConfig(address, servers)));
  const flags = { c: config, a: statistics.host, s: statistics.port, o: `${config}.log` };
  const args = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const proxy = stack.use(await OwnProcess.start(BINARY, args));
  // It closes a connection with an inline command: it speaks nothing but RESP.
  await proxy.until(
    async () => (await ask(address, '*2\r\n$3\r\nGET\r\n$5\r\nready')).startsWith('$'),
    READY_WITHIN_MS,
  );
  return {
    version,
    address,
    isCluster: false,
    proxyPid: proxy.pid,
    serverPids: servers.map(({ pid }) => pid),
  };
};

/** It prints its version as an error. */
async function versionOf(): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(BINARY, ['--version']);
    return `twemproxy ${/nutcracker-(\S+)/.exec(stdout + stderr)?.[1] ?? '?'}`;
  } catch {
    return null;
  }
}

function twemproxyConfig(listen: Address, servers: readonly Address[]): object {
  return {
    bench: {
      listen: `${listen.host}:${listen.port}`,
      redis: true,
      hash: 'fnv1a_64',
      hash_tag: '{}',
      distribution: 'ketama',
      preconnect: true,
      servers: servers.map(({ host, port }, n) => `${host}:${port}:1 server-${n}`),
    },
  };
}
