/** What is read here of a pod; it comes as plain JSON. */
import type { Kind, KubeObject } from '@keyfleet/kube';

export const podKind: Kind = { apiVersion: 'v1', kind: 'Pod' };

type Terminated = { readonly exitCode: number; readonly containerID?: string };

export type ContainerState = {
  readonly waiting?: { readonly reason?: string };
  readonly running?: object;
  readonly terminated?: Terminated;
};

export type ContainerStatus = {
  readonly name: string;
  readonly restartCount: number;
  readonly containerID?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
};

export type Pod = KubeObject & {
  readonly spec?: {
    readonly containers: readonly {
      readonly name: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: { readonly containerStatuses?: readonly ContainerStatus[] };
};
