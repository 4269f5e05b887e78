/** Every `code` that the API answers with, and when. Clients match on these, never on the message. */
export const errorCodes = {
  BAD_REQUEST: 'The request cannot be read, `details` names every mistake',
  TOO_LARGE: 'The body is too large',
  NOT_FOUND: 'There is no such route',
  CLUSTER_UNKNOWN: 'There is no such cluster',
  SHARD_UNKNOWN: 'The cluster has no such shard',
  NODE_UNKNOWN: 'No such node is registered',
  SESSION_UNKNOWN: 'There is no such session',
  SESSION_ENDED: 'The session to renew is ended, open a new one',
  RETIRED:
    'The cluster is retired: it takes no nodes and grants no sessions until its spec is written again',
  NOT_RETIRED: 'The cluster to forget is not retired',
  NODE_IS_PRIMARY: 'The node to unregister is a primary',
  NODE_MISPLACED: 'The node does not fit the spec, `details` names every mistake',
  NOT_BUILT: 'The spec asks for what is not built yet',
  LIMIT_EXCEEDED: 'A record would be larger than the store takes',
  TOO_MANY_SESSIONS: 'The cluster has as many sessions as it may have',
  TOO_MANY_WAITERS: 'As many long polls wait as may',
  NO_LEADER: 'No configserver leads, nothing was done',
  LEADER_SILENT: 'The leader did not answer: it may have done what was asked',
  STORE_UNAVAILABLE: 'The store does not answer, nothing was done',
  OUTCOME_UNKNOWN: 'The store did not answer in time: the write may have been done',
  CONFLICT: 'The records changed in between, nothing was done',
  RECORD: 'A record of the cluster is damaged',
  INTERNAL: 'A bug, the log has more',
} as const;
export type ErrorCode = keyof typeof errorCodes;
