/** Keeps a RedisCluster that is deleted until its parts have ended in order. */
export const FINALIZER = 'keyfleet.dev/cleanup';
