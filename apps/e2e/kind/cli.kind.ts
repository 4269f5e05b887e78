/** `keyfleet` on Kubernetes, as its users run it: mostly as a plugin of kubectl. */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ClusterList } from '@keyfleet/api';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { run, type Outcome } from '../src/program.ts';
import { INSTALLATION } from './artifacts.ts';
import { kubectl } from './kubectl.ts';
import { redisImage } from './redis-client.ts';
import { RedisCluster } from './redis-cluster.ts';
import { useStory } from './story.ts';

const BIN = join(import.meta.dirname, '../../../node_modules/.bin');
const env = { PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}` };
const TIMEOUT_MS = 60_000;

const { team, other } = useStory('team', 'other');
const cluster = new RedisCluster(team, 'orders');

/** `kubectl keyfleet`. */
async function plugin(...args: readonly string[]): Promise<Outcome> {
  return run('kubectl', ['keyfleet', ...args], { env, timeoutMs: TIMEOUT_MS });
}

async function printed(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, output } = await plugin(...args);
  if (exitCode !== 0) throw new Error(`kubectl keyfleet ${args.join(' ')}: ${output}`);
  return stdout;
}

async function untilStatus(want: RegExp): Promise<string> {
  let text = '';
  const status = async (): Promise<string> => (text = await printed('status', '-n', team.name));
  await expect.poll(status, { timeout: TIMEOUT_MS }).toMatch(want);
  return text;
}

describe('kubectl keyfleet status', () => {
  it('says that there is nothing', async () => {
    expect(await printed('status', '-n', team.name)).toBe(
      `No cluster in the namespace ${team.name}.\n`,
    );
  });

  it('shows a cluster from its manifest on', async () => {
    await cluster.apply({ shards: 2, replicasPerShard: 1 });
    expect(await printed('status', '-n', team.name)).toMatch(/^orders {3}Creating {3}/);
  });

  it('shows shards, replicas and proxies', async () => {
    await cluster.untilReady();
    // A configserver that was just elected has yet to look.
    const text = await untilStatus(/^orders {3}Ready {3}topology version \d+\n/);
    expect(text).toMatch(/^shard-1 +8192-16383 +shard-1-0 +\S+:6379 +primary /m);
    expect(text).toMatch(/^ +shard-1-1 +\S+:6379 +replica /m);
  });

  it('says the same to programs, with the name that the API has', async () => {
    const text = await printed('status', '-n', team.name, '--json');
    const [status] = ClusterList.parse(JSON.parse(text)).clusters;
    expect(status!.name).toBe(`${team.name}.orders`);
    expect(status!.shards.map(({ slots }) => slots)).toEqual(['0-8191', '8192-16383']);
  });

  it('keeps namespaces apart, unless all are wanted', async () => {
    expect(await printed('status', '-n', other.name)).toContain('No cluster');
    expect(await printed('status', '-A')).toMatch(new RegExp(`^${team.name}/orders {3}`, 'm'));
  });

  it('is keyfleet status with the name of a context', async () => {
    const context = (await kubectl(['config', 'current-context'])).trim();
    const place = ['--context', context, '--namespace', team.name];
    const { exitCode, stdout } = await run('keyfleet', ['status', ...place], {
      env,
      timeoutMs: TIMEOUT_MS,
    });
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^orders {3}\w+ {3}topology/)]);
  });
});

describe('kubectl keyfleet logs', () => {
  let following: ChildProcess | undefined;
  afterAll(() => following?.kill('SIGKILL'));

  it('shows each part of a cluster by its name', async () => {
    const text = await printed('logs', '-n', team.name);
    for (const name of ['proxy', 'shard-0-0', 'shard-0-1', 'shard-1-0', 'shard-1-1'])
      expect(text).toMatch(new RegExp(`^orders-${name}\\S* +\\| `, 'm'));
    const shard = await printed('logs', 'shard-1', '-n', team.name, '--lines', '1');
    expect(shard.replace(/ \|.*/g, '')).toBe('orders-shard-1-0\norders-shard-1-1\n');
    expect(await printed('logs', 'shard-0-0', '-n', team.name)).not.toContain('|');
  });

  it.each(['operator', 'configserver'])('shows those of the %s', async (part) => {
    expect(await printed('logs', part)).toContain(`"name":"${part}"`);
  });

  it('follows a pod that takes the place of another', async () => {
    const known = (await cluster.proxies()).map(({ metadata }) => metadata.name);
    const args = ['keyfleet', 'logs', 'proxy', '--follow', '--lines', '5', '-n', team.name];
    following = spawn('kubectl', args, { env: { ...process.env, ...env } });
    let text = '';
    following.stdout!.setEncoding('utf8').on('data', (part: string) => (text += part));
    const podsHeard = (): string[] => [
      ...new Set(Array.from(text.matchAll(/^orders-proxy-[a-z0-9-]+/gm), ([name]) => name)),
    ];
    await expect.poll(podsHeard, { timeout: TIMEOUT_MS }).toEqual(expect.arrayContaining(known));
    await team.kubectl(['delete', 'pod', known[0]!]);
    const isFromAnother = (): boolean => podsHeard().some((name) => !known.includes(name));
    await expect.poll(isFromAnother, { timeout: TIMEOUT_MS }).toBe(true);
  });

  it('shows what a container said before it crashed', async () => {
    await team.apply(crashing('survivor', '[ -e /state/was ] && echo back && exec sleep infinity'));
    await untilPod('survivor', 'jsonpath={.status.containerStatuses[0].restartCount}=1');
    await untilPod('survivor', 'condition=Ready');
    const args = ['logs', '--cluster', 'survivor', '-n', team.name];
    await expect
      .poll(() => plugin(...args), { timeout: TIMEOUT_MS })
      .toMatchObject({
        stdout: 'back\n',
        stderr: expect.stringMatching(
          /^survivor: restarted once, .* code 3; --previous /,
        ) as string,
      });
    expect(await printed(...args, '--previous')).toBe('last words\n');
  });

  it('shows what a container said that crashes on and on', async () => {
    await team.apply(crashing('crasher'));
    await untilPod('crasher', 'jsonpath={.status.containerStatuses[0].restartCount}=2');
    // For a moment after each crash the kubelet has no log of it.
    const shown = (): Promise<Outcome> => plugin('logs', '--cluster', 'crasher', '-n', team.name);
    await expect.poll(shown, { timeout: TIMEOUT_MS }).toMatchObject({
      exitCode: 0,
      stdout: 'last words\n',
      stderr: expect.stringMatching(/^crasher: restarted .*, it ended with exit code 3/) as string,
    });
  });
});

describe('in one line, kubectl keyfleet', () => {
  it.each<[string, readonly string[], number, RegExp]>([
    [
      'an unknown context',
      ['status', '--context', 'nowhere'],
      78,
      /no context nowhere, want one of/,
    ],
    ['an unknown file', ['logs', '--kubeconfig', '/nowhere'], 78, /there is no file \/nowhere/],
    [
      'no such cluster',
      ['status', '--cluster', 'x', '-n', 'default'],
      1,
      /^Cannot show the cluster x/,
    ],
    [
      'no such part',
      ['logs', 'x', '-n', team.name],
      1,
      /^Cannot show logs of x: want one of operator/,
    ],
    [
      'no Keyfleet',
      ['status', '--install-namespace', 'default'],
      3,
      /has no Service keyfleet-config/,
    ],
  ])('refuses %s', async (_name, args, exitCode, want) => {
    const { stderr, ...outcome } = await plugin(...args);
    expect(outcome).toMatchObject({ exitCode, stdout: '' });
    expect(stderr).toMatch(want);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('says why no configserver answers', async () => {
    const service = { selector: { app: 'absent' }, ports: [{ port: 7400 }] };
    const metadata = { name: 'keyfleet-configserver', labels: { app: 'absent' } };
    await other.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: service });
    const containers = [{ name: 'configserver', image: 'example.invalid/none:1' }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } };
    await other.apply(pod);
    const why = async (): Promise<string> =>
      (await plugin('status', '--install-namespace', other.name)).stderr;
    await expect
      .poll(why, { timeout: TIMEOUT_MS })
      .toMatch(/^The configserver is not running .*: keyfleet-configserver cannot start \(/);
  });

  it('refuses whoever may not ask', async () => {
    await using directory = await temporaryDirectory();
    const kubeconfig = join(directory.path, 'kubeconfig');
    await writeFile(kubeconfig, await kubeconfigOfNobody());
    const { exitCode, stderr } = await plugin('status', '--kubeconfig', kubeconfig);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`namespace "${INSTALLATION}"`)]);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

async function untilPod(name: string, condition: string): Promise<void> {
  await team.kubectl(['wait', `pod/${name}`, `--timeout=60s`, `--for=${condition}`], {
    timeoutMs: TIMEOUT_MS + 5000,
  });
}

/** With the labels of a cluster's pod. `first` may keep a container from crashing that was started before. */
function crashing(name: string, first = 'true'): object {
  const command = ['sh', '-c', `${first}; touch /state/was; echo last words; exit 3`];
  const labels = { 'keyfleet.dev/cluster': name, 'app.kubernetes.io/component': 'proxy' };
  const image = { image: redisImage, imagePullPolicy: 'IfNotPresent' };
  const volumeMounts = [{ name: 'state', mountPath: '/state' }];
  const containers = [{ name: 'proxy', ...image, command, volumeMounts }];
  const volumes = [{ name: 'state', emptyDir: {} }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers, volumes },
  };
}

/** That of these tests, with the token of an account that may do nothing. */
async function kubeconfigOfNobody(): Promise<string> {
  await other.kubectl(['create', 'serviceaccount', 'nobody']);
  const token = (await other.kubectl(['create', 'token', 'nobody'])).trim();
  const text = await kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']);
  const config = JSON.parse(text) as { users: { name: string; user: object }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  return JSON.stringify({ ...config, users });
}
