/** All that stands on the API server for one cluster, in a form that is the same for every run. */
import { CLUSTER_LABEL, type KubeClient, type KubeObject } from '@keyfleet/kube';

const kinds = [
  ['v1', 'Secret'],
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'Pod'],
  ['v1', 'PersistentVolumeClaim'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'Deployment'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
] as const;

type Found = KubeObject & {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
};

/** By kind and name. `own` is what differs from run to run, with what to put in its place. */
export async function objectsOf(
  client: KubeClient,
  { namespace, cluster }: { readonly namespace: string; readonly cluster: string },
  own: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const selection = { namespace, labelSelector: `${CLUSTER_LABEL}=${cluster}` };
  const lists = await Promise.all(
    kinds.map(([apiVersion, kind]) => client.list<Found>({ apiVersion, kind }, selection)),
  );
  const entries = lists.flat().map((found) => [`${found.kind}/${nameOf(found)}`, contentOf(found)]);
  if (new Set(entries.map(([name]) => name)).size < entries.length) {
    throw new Error(`Cannot compare objects: two are alike in ${JSON.stringify(entries)}`);
  }
  const text = JSON.stringify(Object.fromEntries(entries));
  const normal = Object.entries(own).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  // Hashes of what is compared here anyway, and of what is a stage's own.
  const hash = /("keyfleet\.dev\/[a-z]+"):"[0-9a-f]{16}"/g;
  return JSON.parse(normal.replace(hash, '$1:"HASH"')) as Record<string, unknown>;
}

/** The pods of a Deployment have names that nobody can foretell. */
function nameOf({ metadata: { name, labels = {} } }: Found): string {
  const hash = labels['pod-template-hash'];
  return hash === undefined ? name : `${name.slice(0, name.indexOf(hash))}*`;
}

function contentOf({ kind, metadata, spec = {}, data = {} }: Found): unknown {
  const { labels = {}, ownerReferences = [] } = metadata;
  const owners = ownerReferences.map(({ kind: owner, name }) => `${owner}/${name}`);
  // What Kubernetes fills in is its own affair, and secrets are secret.
  if (kind === 'Pod' || kind === 'PersistentVolumeClaim') return { owners: owners.length };
  if (kind === 'Secret') return { labels, owners, keys: Object.keys(data) };
  const addresses = { clusterIP: undefined, clusterIPs: undefined };
  return { labels, owners, spec: { ...spec, ...addresses }, data };
}
