export { freeAddress } from './address.ts';
export type { Address } from './address.ts';
export { startEtcd } from './etcd.ts';
export { startFaultProxy } from './fault-proxy.ts';
export type { FaultProxy } from './fault-proxy.ts';
export { startRedis } from './redis.ts';
export { ServerProcess } from './server-process.ts';
export { temporaryDirectory } from './temporary-directory.ts';
export type { TemporaryDirectory } from './temporary-directory.ts';
