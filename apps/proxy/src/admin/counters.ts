/** What happened, counted where it is decided, and read when somebody asks for /metrics. */
export class Counters {
  /** Connections to servers that were begun, and those that were lost by a fault. */
  serverConnects = 0;
  serverLosses = 0;
  /** Requests of lost connections: sent again, or answered with an error. */
  resent = 0;
  uncertain = 0;
  lostUnexecuted = 0;
  /** Commands that waited for their shard, those that found no room to wait, and those refused at once. */
  parked = 0;
  parkingFull = 0;
  refused = 0;
  crossSlot = 0;
  /** Requests that a node of a Redis Cluster refused, and that were sent elsewhere, or later. */
  redirectsMoved = 0;
  redirectsAsk = 0;
  redirectsLater = 0;
  timedOut = 0;
  slowRequests = 0;
  clientsShed = 0;
  leaseRunOuts = 0;
  /** Of pub/sub: from servers, to clients. */
  messagesReceived = 0;
  messagesDelivered = 0;
  subscribersCut = 0;
  subscriptionsUnconfirmed = 0;
  feedLosses = 0;
  /** Of reads from replicas: asked anew of the primary, or not sent to a replica because of its lag. */
  readsMovedOn = 0;
  readsKeptFromLagging = 0;
  hedges = 0;
  hedgesWon = 0;
}

export const counterHelp = {
  serverConnects: 'Connections to servers that were begun.',
  serverLosses:
    'Connections to servers that were lost, or whose server was another than the topology says.',
  resent: 'Requests of lost connections that were sent again.',
  uncertain: 'Requests answered with UNCERTAIN: sent, and not answered.',
  lostUnexecuted:
    'Requests of lost connections that were not executed, or only read, and answered with an error.',
  parked: 'Commands that waited for their shard.',
  parkingFull: 'Commands answered with TRYAGAIN because too many waited.',
  refused: 'Commands answered with CLUSTERDOWN at once.',
  crossSlot: 'Commands answered with CROSSSLOT.',
  redirectsMoved: 'Requests that a node answered with MOVED, and that went to the node it named.',
  redirectsAsk: 'Requests that a node answered with ASK, and that went to the node it named, once.',
  redirectsLater:
    'Requests that a node could not do just then (TRYAGAIN, CLUSTERDOWN, LOADING, MASTERDOWN, READONLY), and that were sent again.',
  timedOut: 'Requests that a server did not answer in op-timeout-ms.',
  slowRequests: 'Requests of which a reply took slowlog-log-slower-than or longer.',
  clientsShed: 'Clients closed because the memory for all clients was used up.',
  leaseRunOuts: 'Times a process found that its lease was over before it was told.',
  messagesReceived: 'Messages of channels and patterns that came from servers.',
  messagesDelivered: 'Messages given to clients: one for each subscription that it matched.',
  subscribersCut: 'Subscribed clients closed because they did not read.',
  subscriptionsUnconfirmed:
    'Subscriptions confirmed to clients while a shard was away: its messages come when it is back.',
  readsMovedOn:
    'Reads that a replica did not answer, or with an error, and that went to the primary.',
  readsKeptFromLagging: 'Reads that went to the primary because all replicas were too far behind.',
  hedges: 'Reads that were sent to a second server because the first was late.',
  hedgesWon: 'Those of them that the second server answered first.',
  feedLosses:
    'Connections that bring messages of a shard and were lost: its subscriptions were renewed.',
} as const satisfies Record<keyof Counters, string>;
