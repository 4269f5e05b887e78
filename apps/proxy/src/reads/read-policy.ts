/** Which servers of a shard answer the reads of a client. */
export const readPolicies = ['primary', 'replica', 'nearest', 'any'] as const;
export type ReadPolicy = (typeof readPolicies)[number];

/** What a client asked for its own connection: READONLY, READWRITE, or neither. */
export type ReadWish = 'none' | 'readonly' | 'readwrite';

/** READONLY is for reading from replicas, whatever the cluster does for the others. */
export function policyFor(wish: ReadWish, ofCluster: ReadPolicy): ReadPolicy {
  if (wish === 'readwrite') return 'primary';
  return wish === 'readonly' && ofCluster === 'primary' ? 'replica' : ofCluster;
}
