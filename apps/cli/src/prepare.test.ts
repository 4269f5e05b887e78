import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPlatform, writePlatform, type PlatformRecord } from '@keyfleet/local-platform';
import { createLogger } from '@keyfleet/runtime';
import { freeAddress, temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { completeLaunch, planLaunch, type Launch } from './launch.ts';
import { prepare } from './prepare.ts';

const log = createLogger('test', 'silent');
const server = { path: '/bin/redis-server', flavor: 'redis', version: '7.0.15' } as const;

async function launchIn(dataDir: string): Promise<Launch> {
  const [one, two, three] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
  const [port, adminPort, apiPort] = [one, two, three].map((address) => String(address.port));
  const flags = { port, adminPort, apiPort, bind: one.host, shards: '1' };
  return completeLaunch(
    planLaunch({ dataDir, flags, env: {}, file: null, recorded: null }),
    server,
  );
}

/** A data directory as a supervisor that was killed leaves it. */
async function leave(dataDir: string, change: Partial<PlatformRecord>): Promise<Launch> {
  const launch = await launchIn(dataDir);
  writePlatform(dataDir, { ...(await prepare(launch, log)), ...change });
  mkdirSync(join(dataDir, 'nodes/shard-0-0/data'), { recursive: true });
  return launch;
}

describe('prepare', () => {
  it('keeps the data and addresses of a platform that served', async () => {
    await using directory = await temporaryDirectory();
    const launch = await leave(directory.path, { hasServed: true });
    const before = readPlatform(directory.path);
    expect(await prepare(launch, log)).toEqual(before);
    expect(existsSync(join(directory.path, 'nodes/shard-0-0/data'))).toBe(true);
  });

  it('removes what was cut off before it served anybody', async () => {
    await using directory = await temporaryDirectory();
    const launch = await leave(directory.path, { hasServed: false });
    await prepare(launch, log);
    expect(existsSync(join(directory.path, 'nodes'))).toBe(false);
  });

  it('refuses data of servers that nobody has recorded', async () => {
    await using directory = await temporaryDirectory();
    mkdirSync(join(directory.path, 'nodes/shard-0-0'), { recursive: true });
    const launch = await launchIn(directory.path);
    await expect(prepare(launch, log)).rejects.toThrow(/no platform\.json/);
  });

  it('refuses an address that is not of this machine', async () => {
    await using directory = await temporaryDirectory();
    const launch = await launchIn(directory.path);
    const elsewhere = { ...launch, settings: { ...launch.settings, bind: '192.0.2.1' } };
    await expect(prepare(elsewhere, log)).rejects.toThrow(/choose another with --bind/);
  });
});
