import { resolve } from 'node:path';
import { isAlive, openDataDirectory, readPlatform, supervisorOf } from '@keyfleet/local-platform';
import { checkCapacity, readCapacity } from './check-capacity.ts';
import { CommandError, EXIT_INTERRUPTED } from './command-error.ts';
import { localHost } from './commands.ts';
import { completeLaunch, planLaunch, type Launch } from './launch.ts';
import { readManifestFile } from './manifest-file.ts';
import { plural, showProgress, type ProgressView } from './progress-view.ts';
import { findServerBinary } from './server-binary.ts';
import { SupervisorClient } from './supervisor-client.ts';
import type { FromSupervisor } from './supervisor-messages.ts';

export type UpOptions = {
  /** As given with `--data-dir`. */
  dataDir: string;
  flags: Readonly<Partial<Record<string, string>>>;
  env: Readonly<Record<string, string | undefined>>;
  file: string | undefined;
  detach: boolean;
};

/** Starts the platform and, unless detached, stays until it is stopped. Returns the exit code. */
export async function up(options: UpOptions): Promise<number> {
  const launch = await readLaunch(options);
  const startedMs = performance.now();
  const view = showProgress(launch, process.stdout);
  const { supervisor, ready } = startSupervisor(launch, options.env, view);
  const interrupts = listenForInterrupts(supervisor);

  const outcome = await ready;
  if (outcome.kind !== 'ready') await view.fail();
  if (outcome.kind === 'failed') {
    await supervisor.ended;
    throw new CommandError(outcome.message, { exitCode: outcome.exitCode });
  }
  if (outcome.kind === 'ended') {
    console.log(lastWord(launch.dataDir));
    return interrupts.count > 0 ? EXIT_INTERRUPTED : 1;
  }

  await view.finish();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`\nReady in ${seconds} s.\n\n${nextSteps(launch, options)}`);
  if (options.detach) {
    await supervisor.detach();
    return 0;
  }
  const exitCode = await supervisor.ended;
  if (interrupts.count > 0) console.log('Stopped. The data stays.');
  else
    console.log(
      exitCode === 0
        ? 'Stopped.'
        : 'The supervisor ended: `keyfleet down` stops what it left, `keyfleet logs supervisor` says more.',
    );
  return exitCode;
}

/** Of a start that did not get to its end. */
function lastWord(dataDir: string): string {
  if (supervisorOf(dataDir)) return 'Stopped here; another command has started the platform.';
  const record = readPlatform(dataDir);
  if (!record) return 'Stopped before it was ready; nothing was kept but its logs.';
  return Object.values(record.processes).some(isAlive)
    ? 'The supervisor ended before the platform was ready: `keyfleet down` stops what it left, `keyfleet logs supervisor` says more.'
    : `Stopped before it was ready. The data stays in ${dataDir}.`;
}

async function readLaunch(options: UpOptions): Promise<Launch> {
  const dataDir = resolve(options.dataDir);
  if (supervisorOf(dataDir))
    throw new CommandError(
      `Cannot start: the platform in ${dataDir} is running already (see \`keyfleet status\`, \`keyfleet down\`)`,
    );
  const file = options.file === undefined ? null : readManifestFile(options.file);
  if (file && file.forKubernetes.length > 0) console.log(noEffect(file.forKubernetes));
  const { flags, env } = options;
  const found = readPlatform(dataDir);
  // What was cut off before it served anybody binds nobody: `prepare` removes it.
  const recorded = found?.hasServed ? found : null;
  const request = planLaunch({ dataDir, flags, env, file, recorded });
  const server = await findServerBinary(request.settings.server, env['PATH'] ?? '');
  checkCapacity(request.spec, readCapacity());
  const launch = completeLaunch(request, server);
  openDataDirectory(dataDir);
  return launch;
}

function noEffect(fields: readonly string[]): string {
  const [have, they] = fields.length === 1 ? ['has', 'it is'] : ['have', 'they are'];
  return `${fields.join(', ')} ${have} no effect on this machine: ${they} for Kubernetes.`;
}

type Outcome = Extract<FromSupervisor, { kind: 'ready' | 'failed' }> | { readonly kind: 'ended' };

function startSupervisor(
  launch: Launch,
  env: UpOptions['env'],
  view: ProgressView,
): { supervisor: SupervisorClient; ready: Promise<Outcome> } {
  let settle: (outcome: Outcome) => void = () => undefined;
  const ready = new Promise<Outcome>((resolve) => (settle = resolve));
  const supervisor = new SupervisorClient(launch, env, (message) => {
    if (message.kind === 'progress') view.update(message.progress);
    if (message.kind === 'ready' || message.kind === 'failed') settle(message);
  });
  void supervisor.ended.then(() => settle({ kind: 'ended' }));
  return { supervisor, ready };
}

/** The first asks for an orderly stop, the second for one at once. */
function listenForInterrupts(supervisor: SupervisorClient): { count: number } {
  const interrupts = { count: 0 };
  const onInterrupt = (): void => {
    interrupts.count++;
    if (interrupts.count === 1) console.log('\nStopping (Ctrl-C again: at once) …');
    supervisor.send({ kind: interrupts.count === 1 ? 'stop' : 'kill' });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onInterrupt);
  // Started by an older Node.js (bin/keyfleet.mjs): when that is killed, nobody else would tell us.
  process.once('disconnect', () => supervisor.send({ kind: 'stop' }));
  process.channel?.unref();
  return interrupts;
}

function nextSteps({ spec, settings }: Launch, { dataDir, detach }: UpOptions): string {
  const host = localHost(settings.bind);
  const client = `redis-cli ${host === '127.0.0.1' ? '' : `-h ${host} `}-p ${spec.proxy.port}`;
  const where = dataDir === '.keyfleet' ? '' : ` --data-dir ${dataDir}`;
  const steps: [command: string, what: string][] = [
    [client, `one Redis over ${plural(spec.shards, 'shard')}`],
    [`npx keyfleet status${where}`, 'shards, replicas, proxies'],
    [`npx keyfleet logs${where} --follow`, 'what its parts say'],
    [detach ? `npx keyfleet down${where}` : 'Ctrl-C', 'stop it; the data stays'],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, what]) => `  ${command.padEnd(width)}   ${what}\n`).join('');
}
