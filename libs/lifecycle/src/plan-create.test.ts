import { describe, expect, it } from 'vitest';
import { ClusterSpec } from './manifest.ts';
import { nodesOf } from './nodes.ts';
import { planCreate, type CreateView } from './plan-create.ts';
import type { Address, ControlView, ProxiesView, ServerView } from './platform.ts';

const spec = ClusterSpec.parse({ shards: 2, replicasPerShard: 1 });
const ids = nodesOf(spec).map(({ id }) => id);
const addressOf = (id: string): Address => ({ host: id, port: 6379 });
const ready = { state: 'ready', count: 1, wanted: 1, outdated: 0, stuck: null } as const;
type Recorded = Extract<ControlView, { state: 'recorded' }>;

const allReady = Object.fromEntries(
  ids.map((id): [string, ServerView] => [id, { state: 'ready', address: addressOf(id) }]),
);
const allRegistered: Recorded['nodes'] = new Map(ids.map((id) => [id, addressOf(id)]));

function shard(id: string, because: string | null): Recorded['shards'][number] {
  return { id, slots: '', primary: null, replicas: [], because };
}

function recorded(change: Partial<Recorded> = {}): Recorded {
  return {
    state: 'recorded',
    spec,
    credentialsId: null,
    phase: 'Ready',
    topologyVersion: 7,
    shards: [shard('shard-0', null), shard('shard-1', null)],
    nodes: allRegistered,
    appliedVersions: [7],
    ...change,
  };
}

function view(
  servers: Record<string, ServerView>,
  control: ControlView,
  proxies: ProxiesView = ready,
  parts: Partial<CreateView> = {},
): CreateView {
  const none = { outdated: [], credentials: null, volumes: [] };
  return { spec, servers: new Map(Object.entries(servers)), control, proxies, ...none, ...parts };
}

const absent = { state: 'absent' } as const;
const starting = { state: 'starting', because: 'does not answer' } as const;
const failed = { state: 'failed', because: 'ended with 1' } as const;
const unreachable = { state: 'unreachable', because: 'connection refused' } as const;
const stopping = { state: 'stopping', because: 'drains its clients' } as const;
const credentials = { id: 'id of s', secret: 's' };
const creating = recorded({
  phase: 'Creating',
  shards: [shard('shard-0', null), shard('shard-1', 'shard-1-1 is not in sync')],
});

describe('planCreate', () => {
  it('starts all missing servers at once, before there is a configserver', () => {
    expect(planCreate(view({}, unreachable, absent))).toEqual({
      do: 'startServers',
      nodes: nodesOf(spec),
      because: '4 servers are not running',
    });
  });

  it.each<[string, CreateView, object]>([
    [
      'starts only what is missing',
      view({ ...allReady, 'shard-0-1': absent }, recorded()),
      { do: 'startServers', nodes: [{ id: 'shard-0-1' }], because: 'shard-0-1 is not running' },
    ],
    [
      'waits for the configserver',
      view(allReady, unreachable, absent),
      { do: 'wait', for: 'configserver', because: 'connection refused' },
    ],
    [
      'records a cluster that the configserver does not know, while servers start',
      view({ ...allReady, 'shard-0-0': starting }, { state: 'unknown' }, absent),
      { do: 'recordCluster' },
    ],
    [
      'records a spec that changed',
      view(allReady, recorded({ spec: { ...spec, maxMemory: '1Gi' } })),
      { do: 'recordCluster' },
    ],
    [
      'records a retired cluster, which takes it up again, before its nodes are told',
      view(allReady, recorded({ phase: 'Retired', nodes: new Map() })),
      { do: 'recordCluster', because: 'the configserver has retired the cluster' },
    ],
    [
      'records credentials that the configserver lacks',
      view(allReady, recorded(), ready, { credentials }),
      { do: 'recordCluster', because: 'the configserver has no credentials' },
    ],
    [
      'does not record a changed secret: the servers run with the old one',
      view(allReady, recorded({ credentialsId: 'id of t' }), ready, { credentials }),
      { do: 'wait', for: 'credentials' },
    ],
    [
      'is content with credentials that are known',
      view(allReady, recorded({ credentialsId: 'id of s' }), ready, { credentials }),
      { do: 'nothing' },
    ],
    [
      'does not take credentials back that are lost here: somebody must still know them',
      view(allReady, recorded({ credentialsId: 'id of s' })),
      { do: 'nothing' },
    ],
    [
      'registers nobody the first time until all are ready',
      view(
        { ...allReady, 'shard-1-0': starting },
        recorded({ phase: 'Creating', nodes: new Map() }),
      ),
      { do: 'wait', for: 'servers', because: 'shard-1-0 does not answer' },
    ],
    [
      'registers all when all are ready',
      view(allReady, recorded({ phase: 'Creating', nodes: new Map() }), absent),
      { do: 'registerNodes', nodes: ids.map((id) => ({ node: { id }, address: addressOf(id) })) },
    ],
    [
      'goes on registering where it was interrupted',
      view(allReady, recorded({ nodes: new Map([...allRegistered].slice(1)) })),
      { do: 'registerNodes', nodes: [{ node: { id: 'shard-0-0' } }] },
    ],
    [
      'tells a new address although another server is down',
      view(
        {
          ...allReady,
          'shard-0-0': failed,
          'shard-1-1': { state: 'ready', address: addressOf('x') },
        },
        recorded(),
      ),
      { do: 'registerNodes', nodes: [{ node: { id: 'shard-1-1' }, address: addressOf('x') }] },
    ],
    [
      'starts no proxy before the shards are built for the first time',
      view(allReady, creating, absent),
      { do: 'wait', for: 'replication', because: 'shard-1: shard-1-1 is not in sync' },
    ],
    [
      'starts the proxy when the shards are built',
      view(allReady, recorded(), absent),
      { do: 'startProxies', because: 'no proxy is running' },
    ],
    [
      'starts a dead proxy again although a server is down',
      view({ ...allReady, 'shard-0-0': failed }, recorded({ phase: 'Degraded' }), absent),
      { do: 'startProxies' },
    ],
    [
      'updates what is not kept as the spec wants it, in one step',
      view(allReady, recorded(), ready, { outdated: ['shard-1', 'proxies'] }),
      {
        do: 'update',
        nodes: [{ id: 'shard-1-0' }, { id: 'shard-1-1' }],
        proxies: true,
        because: 'the spec wants shard-1 and 1 more otherwise',
      },
    ],
    [
      'updates the proxies alone',
      view(allReady, recorded(), ready, { outdated: ['proxies'] }),
      { do: 'update', nodes: [], proxies: true, because: 'the spec wants proxies otherwise' },
    ],
    [
      'updates a server that cannot become ready as it is',
      view({ ...allReady, 'shard-1-1': starting }, recorded(), ready, { outdated: ['shard-1'] }),
      { do: 'update' },
    ],
    [
      'updates nothing before a moved server is told: clients need it more',
      view(
        { ...allReady, 'shard-1-1': { state: 'ready', address: addressOf('x') } },
        recorded(),
        ready,
        {
          outdated: ['shard-0'],
        },
      ),
      { do: 'registerNodes' },
    ],
    [
      'waits for a server that ends: it is started when it is gone',
      view({ ...allReady, 'shard-0-0': stopping }, recorded()),
      { do: 'wait', for: 'servers', because: 'shard-0-0 drains its clients' },
    ],
    [
      'starts new proxies while old ones end',
      view(allReady, recorded(), stopping),
      { do: 'startProxies' },
    ],
    [
      'waits for a server that is held back',
      view({ ...allReady, 'shard-0-0': failed }, recorded({ phase: 'Degraded' })),
      { do: 'wait', for: 'servers', because: 'shard-0-0 ended with 1' },
    ],
    [
      'waits for a shard that is not whole',
      view(allReady, { ...creating, phase: 'Degraded' }),
      { do: 'wait', for: 'replication', because: 'shard-1: shard-1-1 is not in sync' },
    ],
    [
      'is ready only when the configserver says so',
      view(allReady, recorded({ phase: 'Degraded' })),
      { do: 'wait', because: 'the configserver says Degraded' },
    ],
    [
      'waits until the proxy answers',
      view(allReady, recorded(), starting),
      { do: 'wait', for: 'proxies', because: 'the proxy does not answer' },
    ],
    [
      'waits until a proxy has applied the topology',
      view(allReady, recorded({ appliedVersions: [6] })),
      { do: 'wait', for: 'proxies', because: 'no proxy has applied topology version 7' },
    ],
    ['has nothing to do in the end', view(allReady, recorded()), { do: 'nothing' }],
  ])('%s', (_name, given, want) => expect(planCreate(given)).toMatchObject(want));
});
