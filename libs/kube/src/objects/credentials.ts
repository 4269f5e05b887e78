import type { V1Secret } from '@kubernetes/client-node';
import type { KubeObject } from '../client/kube-object.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { clusterLabels } from './labels.ts';
import { credentialsName } from './names.ts';
import { ownedBy, type Rendered } from './rendered.ts';
import { sealed } from './sealed.ts';

/** The key of the cluster's secret in its Secret, and so its file's name where that is mounted. */
export const SECRET_KEY = 'secret';

export function credentialsSecret(place: ClusterPlace, secret: string): KubeObject {
  const object: Rendered<V1Secret> = {
    ...secretOf({ [SECRET_KEY]: secret }),
    metadata: ownedBy(place, credentialsName(place.name), clusterLabels(place.name)),
    // Servers read their passwords when they start: a changed secret would lock everybody out.
    immutable: true,
  };
  return sealed(object);
}

export function secretOf(
  texts: Readonly<Record<string, string>>,
): Omit<Rendered<V1Secret>, 'metadata'> {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data };
}
