export { KubeError } from './client/kube-error.ts';
export { KubeClient } from './client/kube-client.ts';
export { loadKubeConfig, KubeConfigError } from './client/load-kube-config.ts';
export type { Kind, KubeObject, Metadata, ObjectRef } from './client/kube-object.ts';
