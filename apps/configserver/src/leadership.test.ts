/** Three configserver processes on a real etcd: leaders die, are frozen and come back. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ApiClient, routes } from '@keyfleet/api';
import { freeAddress, startEtcd } from '@keyfleet/testkit';
import { cluster, Fleet, isWhole, topologyThat } from './testing/fleet.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
/** For facts that come in a second or two: on a loaded machine a process takes half a minute to start. */
const patience = { timeout: 60_000 };
const TIMEOUT_MS = 240_000;
const params = { cluster };

class Configserver implements AsyncDisposable {
  readonly url: string;
  readonly client: ApiClient;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.client = new ApiClient([url], fetch);
  }

  static async start(etcdUrl: string): Promise<Configserver> {
    const { host, port } = await freeAddress();
    const settings = { bind: host, 'api-port': port, etcd: etcdUrl, 'tick-ms': 100 };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(process.execPath, [MAIN, ...flags, '--log-level=silent'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(child, 'spawn');
    return new Configserver(child, `http://${host}:${port}`);
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async leads(): Promise<boolean> {
    const response = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(2000) });
    return (await response.text()).includes('\nkeyfleet_configserver_leads 1\n');
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.status === 200;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** The one that leads; more than one is an error. */
async function leaderOf(servers: readonly Configserver[]): Promise<Configserver | undefined> {
  const leads = await Promise.all(servers.map((server) => server.leads()));
  expect(leads.filter(Boolean).length).toBeLessThan(2);
  return servers[leads.indexOf(true)];
}

async function nextLeader(servers: readonly Configserver[]): Promise<Configserver> {
  let leader: Configserver | undefined;
  await expect.poll(async () => (leader = await leaderOf(servers)), patience).toBeDefined();
  return leader!;
}

async function restartReplica(fleet: Fleet): Promise<void> {
  await fleet.node('shard-0-1').server.kill();
  await fleet.node('shard-0-1').server.restart();
}

describe('three configservers', { timeout: TIMEOUT_MS }, () => {
  it('have one leader at a time, whose topology goes on where the last one ended', async () => {
    await using etcd = await startEtcd();
    await using fleet = await Fleet.start(1, 1);
    const etcdUrl = `http://${etcd.host}:${etcd.port}`;
    await using first = await Configserver.start(etcdUrl);
    await using second = await Configserver.start(etcdUrl);
    await using third = await Configserver.start(etcdUrl);
    const all = [first, second, third];
    for (const server of all) await expect.poll(() => server.isReady(), patience).toBe(true);

    // Any of them takes writes and answers polls; the leader does the work.
    let leader = await nextLeader(all);
    const follower = all.find((server) => server !== leader)!;
    await fleet.register(follower.client);
    let { version } = await topologyThat(follower.client, isWhole);
    await expect
      .poll(() => follower.client.call(routes.getCluster, { params }), patience)
      .toMatchObject({ topologyVersion: version, shards: [{ because: null }] });

    // One hop only: what was forwarded already is not forwarded again.
    const looped = await fetch(`${follower.url}/v1/clusters`, {
      headers: { 'x-keyfleet-forwarded': '1' },
    });
    expect(looped.status).toBe(503);
    expect(await looped.json()).toMatchObject({ code: 'NO_LEADER' });

    // The leader dies.
    leader.signal('SIGKILL');
    let left = all.filter((server) => server !== leader);
    leader = await nextLeader(left);
    await restartReplica(fleet);
    const goesOn = await topologyThat(
      left[0]!.client,
      (topology) => isWhole(topology) && topology.version > version,
    );
    ({ version } = goesOn);
    expect(goesOn.shards[0]!.epoch).toBe(1);

    // The next one freezes with a write in its socket, and comes back when another leads.
    leader.signal('SIGSTOP');
    const late = leader.client
      .call(routes.putOperation, { params, body: operation('late'), timeoutMs: 15_000 })
      .catch((error: unknown) => error);
    const frozen = leader;
    left = left.filter((server) => server !== frozen);
    leader = await nextLeader(left);
    await leader.client.call(routes.putOperation, { params, body: operation('new') });
    await restartReplica(fleet);
    ({ version } = await topologyThat(
      leader.client,
      (topology) => isWhole(topology) && topology.version > version,
    ));
    frozen.signal('SIGCONT');
    await expect.poll(() => frozen.leads(), patience).toBe(false);
    await late;
    expect(await leaderOf([frozen, leader])).toBe(leader);
    const polled = await topologyThat(frozen.client, (topology) => topology.version >= version);
    expect(polled.version).toBe(version);

    const { events } = await leader.client.call(routes.listEvents, { params });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, at) => at + 1));
    const versions = events
      .filter(({ type }) => type === 'topologyPublished')
      .map(({ facts }) => facts['version']);
    expect(versions).toEqual(versions.map((_version, at) => at + 1));
    const terms = events
      .filter(({ type }) => type === 'leaderElected')
      .map(({ facts }) => facts['configserver']);
    expect(new Set(terms).size).toBe(2);

    // Asked of one that does not lead.
    await frozen.client.call(routes.retireCluster, { params });
    expect((await frozen.client.call(routes.getCluster, { params })).phase).toBe('Retired');
    await frozen.client.call(routes.deleteCluster, { params });
    await expect(frozen.client.call(routes.getCluster, { params })).rejects.toMatchObject({
      code: 'CLUSTER_UNKNOWN',
    });
  });
});

function operation(step: string) {
  return {
    type: 'Create' as const,
    step,
    because: '',
    sinceMs: 0,
    done: false,
    blockedBy: null,
    lastError: null,
  };
}
