export {
  ClusterName,
  ClusterSpec,
  Manifest,
  ManifestError,
  parseManifest,
  unbuiltFields,
} from './manifest.ts';
export { describeIssue } from './describe-issue.ts';
export { createWorkflow } from './create-workflow.ts';
export { Operation } from './operation.ts';
export { nodesOf, type NodePlace } from './nodes.ts';
export type { CreateStep, CreateView } from './plan-create.ts';
export type {
  Address,
  ControlPlane,
  ControlView,
  Platform,
  PlatformView,
  ProxyView,
  ServerView,
} from './platform.ts';
export { isSameSpec } from './same-spec.ts';
export { NOWHERE, serverConfig } from './server-config.ts';
