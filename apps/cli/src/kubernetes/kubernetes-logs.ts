import { KubeError, type Pod } from '@keyfleet/kube';
import { systemClock } from '@keyfleet/runtime';
import { CommandError } from '../command-error.ts';
import { logs, type LogSource, type PrintLines } from '../logs.ts';
import { choosePods, refuseAll, scopeOf, type Wanted } from './choose-pods.ts';
import { containerLogsOf, type ContainerLog } from './container-log.ts';
import { LogFollower } from './follow-logs.ts';
import { listPods, withKubernetes, type Kubernetes, type Place } from './kubernetes.ts';
import { LogError, openLog } from './open-log.ts';
import { readLog } from './read-log.ts';

const LOOK_AGAIN_MS = 1000;
/** Each is a connection to the API server, and one from there to a node. */
const FOLLOWED_MAX = 100;

export type KubernetesLogsOptions = Pick<Wanted, 'cluster' | 'component'> & {
  readonly lines: number;
  readonly follow: boolean;
  /** The lives of containers before their last restart. */
  readonly previous: boolean;
};

type Session = {
  readonly kubernetes: Kubernetes;
  readonly options: KubernetesLogsOptions;
  /** What there is now. */
  readonly look: () => Promise<readonly ContainerLog[]>;
};

/** Throws CommandError. */
export async function showKubernetesLogs(
  place: Place,
  options: KubernetesLogsOptions,
  signal: AbortSignal,
): Promise<number> {
  return await withKubernetes(place, async (kubernetes) =>
    logs(await findLogs(kubernetes, options), signal),
  );
}

async function findLogs(
  kubernetes: Kubernetes,
  options: KubernetesLogsOptions,
): Promise<LogSource> {
  const { namespace, installNamespace } = kubernetes;
  const wanted: Wanted = { ...options, namespace, installNamespace };
  const { namespace: where, labelSelector } = scopeOf(wanted);
  const list = (): Promise<Pod[]> => listPods(kubernetes, where, labelSelector);

  const pods = await list();
  const found = choosePods(pods, wanted);
  if (found.length === 0) refuseAll(pods, wanted);
  const first = wantedOf(found.flatMap(containerLogsOf), options);

  const look = async (): Promise<ContainerLog[]> =>
    choosePods(await list(), wanted).flatMap(containerLogsOf);
  const session = { kubernetes, options, look };
  const show = options.follow ? follow : showEnds;
  return {
    names: first.map(({ name }) => name),
    run: (print, signal) => show(session, first, print, signal),
  };
}

/** What is to be known about a log and is no line of it. */
function say(name: string, note: string): void {
  process.stderr.write(`${name}: ${note}\n`);
}

function wantedOf(logs: readonly ContainerLog[], options: KubernetesLogsOptions): ContainerLog[] {
  const { follow, previous } = options;
  if (follow && logs.length > FOLLOWED_MAX)
    throw new CommandError(
      `Cannot follow ${logs.length} logs at once: want at most ${FOLLOWED_MAX}, name a component`,
    );
  const wanted = logs.filter(({ hasPrevious }) => hasPrevious || !previous);
  if (wanted.length === 0)
    throw new CommandError('Cannot show previous logs: none of these containers has restarted');
  return wanted;
}

/** One after the other. Throws CommandError when none of them could be read. */
async function showEnds(
  session: Session,
  found: readonly ContainerLog[],
  print: PrintLines,
  signal: AbortSignal,
): Promise<void> {
  const failures: string[] = [];
  for (const log of found) {
    if (log.note !== null && !session.options.previous) say(log.name, log.note);
    const failure = log.life === '' ? null : await showEnd(session, log, print, signal);
    if (failure !== null) failures.push(`${log.name}: ${failure}`);
  }
  if (failures.length > 0 && failures.length === found.length)
    throw new CommandError(`Cannot show logs of ${failures.join('; ')}`);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
}

/** Returns why this one cannot be shown. */
async function showEnd(
  { kubernetes, options }: Session,
  log: ContainerLog,
  print: PrintLines,
  signal: AbortSignal,
): Promise<string | null> {
  const { lines: tailLines, previous } = options;
  const request = { tailLines, ...(previous ? { previous } : {}) };
  try {
    await readLog({
      open: () => openLog(kubernetes.client.config, log, request, signal),
      print: (lines) => print(log.name, lines),
      pause: () => systemClock.sleep(LOOK_AGAIN_MS, signal),
    });
    return null;
  } catch (error) {
    if (!(error instanceof LogError) || error.isForbidden) throw error;
    return error.message;
  }
}

async function follow(
  { kubernetes, options, look }: Session,
  first: readonly ContainerLog[],
  print: PrintLines,
  signal: AbortSignal,
): Promise<void> {
  const follower = new LogFollower({
    open: (log, request) => openLog(kubernetes.client.config, log, request, signal),
    print,
    lines: options.lines,
  });
  const said = new Set<string>();
  let current = first;
  while (!signal.aborted) {
    for (const { name, note } of current) {
      if (note === null || said.has(name + note)) continue;
      said.add(name + note);
      say(name, note);
    }
    follower.look(current.slice(0, FOLLOWED_MAX));
    await systemClock.sleep(LOOK_AGAIN_MS, signal);
    current = await look().catch((error: unknown) => {
      // What is open goes on; whether there is something new is seen when the API server answers again.
      if (error instanceof KubeError && error.code === 'UNREACHABLE') return current;
      throw error;
    });
  }
}
