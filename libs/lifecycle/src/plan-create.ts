/**
 * The create workflow (design §7): servers → all ready → register → the configserver builds replication →
 * proxies → ready. It also brings back what dies later: each step is planned from what is there alone, so a
 * crash anywhere goes on where it was.
 */
import type { ClusterSpec } from './manifest.ts';
import { nodesOf, type NodePlace } from './nodes.ts';
import type { Address, ControlView, PlatformView, ServerView } from './platform.ts';
import { isSameSpec } from './same-spec.ts';

/** A step is short: other clusters wait for their turn. */
const NODES_PER_STEP = 100;

export type CreateView = PlatformView & {
  readonly spec: ClusterSpec;
  readonly control: ControlView;
};

type RunningNode = { readonly node: NodePlace; readonly address: Address };

export type CreateStep = { readonly because: string } & (
  | { readonly do: 'startServers'; readonly nodes: readonly NodePlace[] }
  | { readonly do: 'recordCluster' }
  | { readonly do: 'registerNodes'; readonly nodes: readonly RunningNode[] }
  | { readonly do: 'startProxies' }
  | { readonly do: 'update'; readonly nodes: readonly NodePlace[]; readonly proxies: boolean }
  | { readonly do: 'wait'; readonly for: WaitsFor }
  | { readonly do: 'nothing' }
);

type WaitsFor = 'configserver' | 'credentials' | 'servers' | 'replication' | 'proxies';

type Recorded = Extract<ControlView, { state: 'recorded' }>;

export function planCreate(view: CreateView): CreateStep {
  return planServers(view) ?? planCluster(view, view.control);
}

/** Needs no configserver: servers and configserver start side by side. */
function planServers({ spec, servers }: CreateView): CreateStep | null {
  const absent = nodesOf(spec).filter(({ id }) => serverOf(servers, id).state === 'absent');
  if (absent.length === 0) return null;
  return { do: 'startServers', nodes: absent, because: `${named(absent)} not running` };
}

function planCluster(view: CreateView, control: ControlView): CreateStep {
  switch (control.state) {
    case 'unreachable':
      return { do: 'wait', for: 'configserver', because: control.because };
    case 'unknown':
      return { do: 'recordCluster', because: 'the configserver does not know the cluster' };
    case 'recorded':
      return planRecord(view, control) ?? planMembers(view, control);
  }
}

function planRecord({ spec, credentials }: CreateView, control: Recorded): CreateStep | null {
  const because = whyRecordAgain();
  return because === null ? null : { do: 'recordCluster', because };

  function whyRecordAgain(): string | null {
    if (control.phase === 'Retired') return 'the configserver has retired the cluster';
    if (!isSameSpec(control.spec, spec)) return 'the recorded spec is another';
    const isFirst = credentials !== null && control.credentialsId === null;
    return isFirst ? 'the configserver has no credentials' : null;
  }
}

function planMembers(view: CreateView, control: Recorded): CreateStep {
  // Only the first time does a proxy wait for the shards to be whole: later, clients need it more than that.
  const canServe = control.phase !== 'Creating';
  return (
    planRegistration(view, control) ??
    (canServe ? planProxies(view) : null) ??
    planUpdate(view) ??
    waitForCredentials(view, control) ??
    waitForServers(view) ??
    waitForReplication(control) ??
    waitForProxies(view, control) ??
    planEnd(control)
  );
}

/** The first registration is of all nodes, so that no shard is built without its replicas; a moved one goes at once. */
function planRegistration({ spec, servers }: CreateView, control: Recorded): CreateStep | null {
  const running = nodesOf(spec).flatMap((node) => {
    const server = serverOf(servers, node.id);
    return server.state === 'ready' ? [{ node, address: server.address }] : [];
  });
  const isFirst = control.nodes.size === 0;
  if (isFirst && running.length < nodesOf(spec).length) return null;
  const misplaced = running.filter(
    ({ node, address }) => !isSameAddress(control.nodes.get(node.id), address),
  );
  if (misplaced.length === 0) return null;
  const nodes = misplaced.slice(0, NODES_PER_STEP);
  const because = `${named(misplaced.map(({ node }) => node))} not registered at the right address`;
  return { do: 'registerNodes', nodes, because };
}

/** What runs goes on as it is until the platform has what is kept for it as the spec wants it. */
function planUpdate({ spec, outdated }: CreateView): CreateStep | null {
  if (outdated.length === 0) return null;
  const nodes = nodesOf(spec).filter(({ shard }) => outdated.includes(shard));
  const others = outdated.length > 1 ? ` and ${outdated.length - 1} more` : '';
  const because = `the spec wants ${outdated[0]!}${others} otherwise`;
  return { do: 'update', nodes, proxies: outdated.includes('proxies'), because };
}

/** Servers that run take their old password until they restart; what the configserver has still fits them. */
function waitForCredentials({ credentials }: CreateView, control: Recorded): CreateStep | null {
  if (credentials === null || credentials.id === control.credentialsId) return null;
  const because = 'the secret was changed, which is not built yet: want the old one back';
  return { do: 'wait', for: 'credentials', because };
}

function waitForServers({ spec, servers }: CreateView): CreateStep | null {
  for (const { id } of nodesOf(spec)) {
    const server = serverOf(servers, id);
    if ('because' in server)
      return { do: 'wait', for: 'servers', because: `${id} ${server.because}` };
  }
  return null;
}

function waitForReplication({ phase, shards }: Recorded): CreateStep | null {
  const broken = shards.find(({ because }) => because !== null);
  if (broken?.because)
    return { do: 'wait', for: 'replication', because: `${broken.id}: ${broken.because}` };
  if (phase !== 'Creating') return null;
  return { do: 'wait', for: 'replication', because: 'no topology is published yet' };
}

function planProxies({ proxies }: CreateView): CreateStep | null {
  // Those that are ending do not stand in the way of new ones.
  if (proxies.state !== 'absent' && proxies.state !== 'stopping') return null;
  return { do: 'startProxies', because: 'no proxy is running' };
}

function waitForProxies(
  { proxies }: CreateView,
  { topologyVersion, appliedVersions }: Recorded,
): CreateStep | null {
  if ('because' in proxies)
    return { do: 'wait', for: 'proxies', because: `the proxy ${proxies.because}` };
  if (appliedVersions.some((version) => version >= topologyVersion)) return null;
  const because = `no proxy has applied topology version ${topologyVersion}`;
  return { do: 'wait', for: 'proxies', because };
}

function planEnd({ phase }: Recorded): CreateStep {
  if (phase === 'Ready') return { do: 'nothing', because: 'the cluster is ready' };
  return { do: 'wait', for: 'replication', because: `the configserver says ${phase}` };
}

function serverOf(servers: CreateView['servers'], id: string): ServerView {
  return servers.get(id) ?? { state: 'absent' };
}

function isSameAddress(a: Address | undefined, b: Address): boolean {
  return a?.host === b.host && a.port === b.port;
}

function named(nodes: readonly NodePlace[]): string {
  const [first] = nodes;
  return nodes.length === 1 ? `${first!.id} is` : `${nodes.length} servers are`;
}
