import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterSpec } from './manifest.ts';
import { nodesOf } from './nodes.ts';
import { planDelete, type DeleteStep, type DeleteView } from './plan-delete.ts';
import type { ControlView, ProxiesView, ServerView } from './platform.ts';

type Recorded = Extract<ControlView, { state: 'recorded' }>;
type Retention = 'Retain' | 'Delete';

const ids = ['shard-0-0', 'shard-0-1'];
const parts = {
  absent: { state: 'absent' },
  starting: { state: 'starting', because: 'does not answer' },
  failed: { state: 'failed', because: 'ended with 1' },
  stopping: { state: 'stopping', because: 'saves its data' },
  ready: {
    state: 'ready',
    address: { host: 'h', port: 1 },
    ...{ count: 1, wanted: 1, outdated: 0, stuck: null },
  },
} as const satisfies Record<string, ServerView & ProxiesView>;
type PartName = keyof typeof parts;

const unreachable: ControlView = { state: 'unreachable', because: 'connection refused' };
const unknown: ControlView = { state: 'unknown' };

function specOf(whenDeleted: Retention): ClusterSpec {
  const storage = { retention: { whenDeleted } };
  return ClusterSpec.parse({ shards: 1, replicasPerShard: 1, storage });
}

function recorded(phase: Recorded['phase']): Recorded {
  return {
    state: 'recorded',
    spec: specOf('Retain'),
    credentialsId: null,
    phase,
    topologyVersion: 7,
    shards: [],
    nodes: new Map(),
    appliedVersions: [7],
  };
}

type Given = {
  readonly control: ControlView;
  readonly proxies?: PartName;
  readonly servers?: readonly [PartName, PartName];
  readonly retention?: Retention;
  readonly volumes?: readonly string[];
  readonly nowMs?: number;
};

function view({ control, proxies, servers, retention, volumes, nowMs }: Given): DeleteView {
  return {
    spec: specOf(retention ?? 'Delete'),
    control,
    proxies: parts[proxies ?? 'absent'],
    servers: new Map(ids.map((id, at) => [id, parts[servers?.[at] ?? 'absent']])),
    outdated: [],
    credentials: null,
    volumes: volumes ?? [],
    nowMs: nowMs ?? 0,
    deadlineMs: 100,
  };
}

const retired = recorded('Retired');
const neverReady: ControlView = { ...retired, topologyVersion: 0 };

describe('planDelete', () => {
  it.each<[string, Given, object]>([
    [
      'begins with the configserver, so that nothing that ends now looks like a failure',
      { control: recorded('Ready'), proxies: 'ready', servers: ['ready', 'ready'] },
      { do: 'retireCluster' },
    ],
    [
      'has the configserver let go of a cluster that was never whole',
      { control: recorded('Creating'), servers: ['starting', 'absent'] },
      { do: 'retireCluster' },
    ],
    [
      'ends the proxies, then',
      { control: retired, proxies: 'ready', servers: ['ready', 'ready'] },
      { do: 'stopProxies' },
    ],
    [
      'does not wait for a configserver that is away',
      { control: unreachable, proxies: 'starting', servers: ['ready', 'ready'] },
      { do: 'stopProxies' },
    ],
    [
      'waits until the last proxy is gone',
      { control: retired, proxies: 'stopping', servers: ['ready', 'ready'] },
      { do: 'wait', for: 'proxies', because: 'the proxy saves its data' },
    ],
    [
      'ends all servers at once, those that are held back too',
      { control: retired, servers: ['ready', 'failed'] },
      { do: 'stopServers', nodes: ids.map((id) => ({ id })), because: '2 servers are running' },
    ],
    [
      'does not tell a server twice that is on its way out',
      { control: retired, servers: ['stopping', 'ready'] },
      { do: 'stopServers', nodes: [{ id: 'shard-0-1' }] },
    ],
    [
      'waits until the last server is gone',
      { control: retired, servers: ['absent', 'stopping'] },
      { do: 'wait', for: 'servers', because: 'shard-0-1 saves its data' },
    ],
    ['forgets the cluster when its data is deleted', { control: retired }, { do: 'forgetCluster' }],
    [
      'deletes volumes when nothing uses them any more',
      { control: retired, volumes: ids },
      { do: 'deleteVolumes', because: '2 volumes are to be deleted' },
    ],
    [
      'deletes no volume while a server may use it',
      { control: retired, servers: ['absent', 'stopping'], volumes: ids },
      { do: 'wait', for: 'servers' },
    ],
    [
      'deletes no volume that is retained',
      { control: retired, retention: 'Retain', volumes: ids },
      { do: 'finish', isComplete: true },
    ],
    [
      'forgets a cluster that was never ready: it would refuse a better spec',
      { control: neverReady, retention: 'Retain', volumes: ids },
      { do: 'forgetCluster', because: 'it was never ready, and so has no data' },
    ],
    [
      'leaves it retired beside data that is retained',
      { control: retired, retention: 'Retain' },
      { do: 'finish', isComplete: true, because: 'its data is retained' },
    ],
    [
      'is done when nobody knows the cluster any more',
      { control: unknown },
      { do: 'finish', isComplete: true },
    ],
    [
      'ends the parts of a cluster that nobody knows',
      { control: unknown, servers: ['ready', 'absent'] },
      { do: 'stopServers' },
    ],
    [
      'waits in the end for a configserver that is away: it has to be told',
      { control: unreachable, retention: 'Retain' },
      { do: 'wait', for: 'configserver', because: 'connection refused' },
    ],
    [
      'ends at its deadline, and says what is left',
      { control: unreachable, proxies: 'stopping', nowMs: 100 },
      {
        do: 'finish',
        isComplete: false,
        because: 'the deadline has passed, and still: the proxy saves its data',
      },
    ],
    [
      'is complete after its deadline, too, when nothing is left',
      { control: unknown, nowMs: 1000 },
      { do: 'finish', isComplete: true },
    ],
  ])('%s', (_name, given, want) => expect(planDelete(view(given))).toMatchObject(want));
});

const partNames = fc.constantFrom(...(Object.keys(parts) as PartName[]));
const controls = fc.constantFrom(
  unreachable,
  unknown,
  ...(['Creating', 'Ready', 'Degraded', 'Retired'] as const).map(recorded),
);
const givens: fc.Arbitrary<Required<Given>> = fc.record({
  control: controls,
  proxies: partNames,
  servers: fc.tuple(partNames, partNames),
  retention: fc.constantFrom<Retention>('Retain', 'Delete'),
  volumes: fc.subarray(ids),
  nowMs: fc.nat(200),
});

/** What the step makes of the world; whatever was told to end is gone at the next look that waits for it. */
function after(step: DeleteStep, given: Required<Given>): Required<Given> {
  switch (step.do) {
    case 'retireCluster':
      return { ...given, control: retired };
    case 'forgetCluster':
      return { ...given, control: unknown };
    case 'deleteVolumes':
      return { ...given, volumes: [] };
    case 'stopProxies':
      return { ...given, proxies: 'stopping' };
    case 'stopServers': {
      const told = new Set(step.nodes.map(({ id }) => id));
      const [first, second] = given.servers;
      const next = (id: string, state: PartName) => (told.has(id) ? 'stopping' : state);
      return { ...given, servers: [next(ids[0]!, first), next(ids[1]!, second)] };
    }
    case 'wait':
      return { ...given, ...waitedFor(step, given) };
    case 'finish':
      return given;
  }
}

function waitedFor(
  step: Extract<DeleteStep, { do: 'wait' }>,
  { servers }: Required<Given>,
): Partial<Given> {
  const gone = (state: PartName) => (state === 'stopping' ? 'absent' : state);
  if (step.for === 'proxies') return { proxies: 'absent' };
  if (step.for === 'servers') return { servers: [gone(servers[0]), gone(servers[1])] };
  return { control: recorded('Degraded') };
}

/** From any state of everything to the end. */
function play(begin: Required<Given>, check: (step: DeleteStep, seen: DeleteView) => void): void {
  let given = { ...begin, nowMs: 0 };
  for (let count = 0; count < 15; count++) {
    const seen = view(given);
    const step = planDelete(seen);
    check(step, seen);
    if (step.do === 'finish') return;
    given = { ...after(step, given), nowMs: 0 };
  }
  throw new Error('it does not end');
}

describe('deletion from any state', () => {
  it('ends in bounded steps, with nothing left', () => {
    fc.assert(
      fc.property(givens, (given) =>
        play(given, (step, { servers, proxies, control }) => {
          if (step.do !== 'finish') return;
          expect(step.isComplete).toBe(true);
          expect([...servers.values(), proxies].map(({ state }) => state)).toEqual([
            'absent',
            'absent',
            'absent',
          ]);
          expect(control.state === 'unknown' || given.retention === 'Retain').toBe(true);
        }),
      ),
    );
  });

  it('stops no server before the proxies are gone and the configserver, if it can be asked, let go', () => {
    fc.assert(
      fc.property(givens, (given) =>
        play(given, (step, { proxies, control }) => {
          if (step.do !== 'stopServers') return;
          expect(proxies.state).toBe('absent');
          expect(control.state === 'recorded' && control.phase !== 'Retired').toBe(false);
        }),
      ),
    );
  });

  it('forgets nothing while a server is there', () => {
    fc.assert(
      fc.property(givens, (given) =>
        play(given, (step, { servers }) => {
          if (step.do !== 'forgetCluster') return;
          expect([...servers.values()].every(({ state }) => state === 'absent')).toBe(true);
        }),
      ),
    );
  });

  it('ends at its deadline', () => {
    fc.assert(
      fc.property(givens, (given) => {
        expect(planDelete(view({ ...given, nowMs: 100 + given.nowMs })).do).toBe('finish');
      }),
    );
  });

  it('names only nodes of the cluster', () => {
    const all = new Set(nodesOf(specOf('Retain')).map(({ id }) => id));
    fc.assert(
      fc.property(givens, (given) =>
        play(given, (step) => {
          if (step.do === 'stopServers') for (const { id } of step.nodes) expect(all).toContain(id);
        }),
      ),
    );
  });
});
