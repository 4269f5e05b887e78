/**
 * The delete workflow (design §7): the configserver lets go, proxies end, servers end; then the cluster is forgotten,
 * or stays retired beside data that is kept, so that the same cluster can be created again with it.
 * It ends at its deadline whatever happens: whoever deletes must not wait for a part that is lost.
 */
import { nodesOf, type NodePlace } from './nodes.ts';
import type { ClusterSpec } from './manifest.ts';
import type { ControlView, PlatformView } from './platform.ts';

export type DeleteView = PlatformView & {
  readonly spec: ClusterSpec;
  readonly control: ControlView;
  readonly nowMs: number;
  readonly deadlineMs: number;
};

export type DeleteStep = { readonly because: string } & (
  | { readonly do: 'retireCluster' | 'stopProxies' | 'forgetCluster' }
  | { readonly do: 'stopServers' | 'deleteVolumes'; readonly nodes: readonly NodePlace[] }
  | { readonly do: 'wait'; readonly for: 'configserver' | 'servers' | 'proxies' }
  /** Nothing is left to do; `isComplete` false: the deadline came first. */
  | { readonly do: 'finish'; readonly isComplete: boolean }
);

export function planDelete(view: DeleteView): DeleteStep {
  const step =
    planRetirement(view) ??
    planProxiesEnd(view) ??
    planServersEnd(view) ??
    planVolumesEnd(view) ??
    planEnd(view);
  if (step.do === 'finish' || view.nowMs < view.deadlineMs) return step;
  const because = `the deadline has passed, and still: ${step.because}`;
  return { do: 'finish', isComplete: false, because };
}

/** First, so that nothing that ends now looks like a failure. A configserver that is away keeps nobody from ending. */
function planRetirement({ control }: DeleteView): DeleteStep | null {
  if (control.state !== 'recorded' || control.phase === 'Retired') return null;
  return { do: 'retireCluster', because: 'the configserver still looks after the servers' };
}

function planProxiesEnd({ proxies }: DeleteView): DeleteStep | null {
  switch (proxies.state) {
    case 'absent':
      return null;
    case 'stopping':
      return { do: 'wait', for: 'proxies', because: `the proxy ${proxies.because}` };
    default:
      return { do: 'stopProxies', because: 'proxies are running' };
  }
}

function planServersEnd({ spec, servers }: DeleteView): DeleteStep | null {
  const left = nodesOf(spec).flatMap((node) => {
    const server = servers.get(node.id) ?? { state: 'absent' as const };
    return server.state === 'absent' ? [] : [{ node, server }];
  });
  const running = left.filter(({ server }) => server.state !== 'stopping');
  if (running.length > 0) {
    const nodes = running.map(({ node }) => node);
    return { do: 'stopServers', nodes, because: `${nodes.length} servers are running` };
  }
  const [first] = left;
  if (!first) return null;
  const because = 'because' in first.server ? first.server.because : 'is there';
  return { do: 'wait', for: 'servers', because: `${first.node.id} ${because}` };
}

/** By their names, when nothing runs: what the spec says at the end counts, not what it said when they were made. */
function planVolumesEnd({ spec, volumes }: DeleteView): DeleteStep | null {
  if (isRetained(spec)) return null;
  const nodes = nodesOf(spec).filter(({ id }) => volumes.includes(id));
  if (nodes.length === 0) return null;
  return { do: 'deleteVolumes', nodes, because: `${nodes.length} volumes are to be deleted` };
}

function planEnd({ spec, control }: DeleteView): DeleteStep {
  if (control.state === 'unreachable')
    return { do: 'wait', for: 'configserver', because: control.because };
  if (control.state === 'unknown')
    return { do: 'finish', isComplete: true, because: 'nothing of the cluster is left' };
  if (!isRetained(spec)) return { do: 'forgetCluster', because: 'its data is deleted' };
  // It never took a write; kept, it would only refuse another try with a better spec.
  if (control.topologyVersion === 0)
    return { do: 'forgetCluster', because: 'it was never ready, and so has no data' };
  return { do: 'finish', isComplete: true, because: 'its data is retained' };
}

function isRetained({ storage, persistence }: ClusterSpec): boolean {
  return storage.retention.whenDeleted === 'Retain' && persistence.mode !== 'none';
}
