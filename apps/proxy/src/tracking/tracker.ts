/** What the proxy keeps of one client that has CLIENT TRACKING on. */
import { encodeReply, type Reply, type RespVersion } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import type { TrackingOptions } from './tracking-options.ts';

export class Tracker {
  /** Null: it is off. Tables may know it for a while longer. */
  client: Client | null;
  options: TrackingOptions;
  /** It is told what this one would be told. */
  redirect: Client | null = null;
  isRedirectBroken = false;
  /** NOLOOP, with connections of its own. */
  ownId: number | null = null;
  /** Whose connections tell it of changes: the present class of its client is the last. */
  readonly classes = new Set<ConnectionClass>();
  /** It was told that all keys changed, and has read nothing since. */
  isFlushed = false;
  /** The connections that will tell it are not all there yet, and it was not told that tracking is on. */
  isOpening = false;
  /** CLIENT CACHING counts for its requests up to this one, as `ClientFacts.requests` counts them. */
  cachingUntil = -1;
  /** Of the commands between MULTI and EXEC, the first whose reads count; Infinity: none. */
  readsFrom = Infinity;
  wasQueueing = false;

  constructor(client: Client, options: TrackingOptions) {
    this.client = client;
    this.options = options;
  }

  /** CLIENT CACHING was called just before. */
  isCaching(client: Client): boolean {
    return client.facts.requests <= this.cachingUntil;
  }
}

/** The reply to CLIENT TRACKINGINFO; `tracker` null: it is off. */
export function trackingInfo(tracker: Tracker | null, version: RespVersion): Uint8Array {
  const info = new Map<Reply, Reply>([
    ['flags', new Set<Reply>(tracker === null ? ['off'] : flagsOf(tracker))],
    ['redirect', tracker === null ? -1 : tracker.options.redirect],
    ['prefixes', (tracker?.options.prefixes ?? []).map((prefix) => Buffer.from(prefix, 'latin1'))],
  ]);
  return encodeReply(info, version);
}

function flagsOf(tracker: Tracker): string[] {
  const { isBroadcast, isOptIn, isOptOut, isNoloop } = tracker.options;
  const isCaching = tracker.isCaching(tracker.client!);
  const flags = {
    on: true,
    bcast: isBroadcast,
    optin: isOptIn,
    'caching-yes': isOptIn && isCaching,
    optout: isOptOut,
    'caching-no': isOptOut && isCaching,
    noloop: isNoloop,
    broken_redirect: tracker.isRedirectBroken,
  };
  return Object.entries(flags)
    .filter(([, isSet]) => isSet)
    .map(([flag]) => flag);
}
