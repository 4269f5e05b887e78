export {
  ClusterName,
  ClusterSpec,
  kubernetesFields,
  Manifest,
  ManifestError,
  parseManifest,
  quantityBytes,
  unbuilt,
  unbuiltFields,
} from './manifest.ts';
export type { Resources } from './placement.ts';
export { deniedConfigKeys, deniedConfigPrefixes, isDeniedConfigKey } from './denied-config.ts';
export { describeIssue } from './describe-issue.ts';
export { createWorkflow, type CreatingControlPlane } from './create-workflow.ts';
export { deleteWorkflow } from './delete-workflow.ts';
export { Operation } from './operation.ts';
export { nodesOf, type NodePlace } from './nodes.ts';
export type { CreateStep, CreateView } from './plan-create.ts';
export type { DeleteStep, DeleteView } from './plan-delete.ts';
export type {
  Address,
  ControlPlane,
  ControlView,
  Credentials,
  Platform,
  PlatformView,
  ProxiesView,
  ServerView,
} from './platform.ts';
export { canonicalJson, isSameSpec } from './same-spec.ts';
export {
  busPort,
  NOWHERE,
  parseServerConfigName,
  redisClusterNodeConfig,
  serverConfig,
  serverConfigName,
} from './server-config.ts';
