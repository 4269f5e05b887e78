import type { ProxySettings } from '../settings.ts';

/**
 * The settings of one worker. What limits the whole proxy is divided, and rounded up: the kernel spreads connections
 * about evenly, so a worker may refuse some when the proxy is nearly full, and the proxy holds no more than it should.
 * What clients are told of (`clientsMax`) stays whole here.
 */
export function shareOf(settings: ProxySettings): ProxySettings {
  const share = (total: number): number => shareOfTotal(total, settings);
  return {
    ...settings,
    maxMemory: share(settings.maxMemory),
    privateConnectionsMax: share(settings.privateConnectionsMax),
    watchConnectionsMax: share(settings.watchConnectionsMax),
    holdQueueMax: share(settings.holdQueueMax),
    holdQueueBytesMax: share(settings.holdQueueBytesMax),
    subscriptionsMax: share(settings.subscriptionsMax),
    trackingBytesMax: share(settings.trackingBytesMax),
    trackingNoloopMax: share(settings.trackingNoloopMax),
  };
}

/** Client connections that one process takes. */
export function clientsOfOneMax(settings: ProxySettings): number {
  return shareOfTotal(settings.clientsMax, settings);
}

function shareOfTotal(total: number, { workers }: ProxySettings): number {
  return Math.ceil(total / workers);
}
