import type { Kind, Pod } from '@keyfleet/kube';

export const podKind: Kind = { apiVersion: 'v1', kind: 'Pod' };

type PodStatus = NonNullable<Pod['status']>;
export type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
