export type { Operation } from '@keyfleet/lifecycle';
export { ApiClient, ApiError, ApiUnreachable } from './client.ts';
export { errorCodes, type ErrorCode } from './error-codes.ts';
export { HttpControlPlane } from './http-control-plane.ts';
export { routes, type AnyRoute } from './routes.ts';
export {
  ClusterList,
  type ClusterStatus,
  type NodeStatus,
  type SessionGrant,
  type SessionRenewal,
} from './views.ts';
