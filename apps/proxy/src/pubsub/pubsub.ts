/** Pub/sub of this process, put together: subscriptions of clients, feeds of shards, and the topology between them. */
import type { RequestView } from '@keyfleet/resp';
import type { Logger } from '@keyfleet/runtime';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import type { Client } from '../downstream/client.ts';
import type { NamedReading } from '../admin/metric.ts';
import type { Counters } from '../admin/counters.ts';
import type { ClientActivity } from '../local/client-line.ts';
import type { Handlers, Router } from '../route/router.ts';
import type { Routing, RoutingFollower } from '../route/routing.ts';
import type { TakeInMode } from '../session/modes.ts';
import type { ProxySettings } from '../settings.ts';
import type { Turn } from '../turn.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';
import type { Processes, Subscribers, SubscribersOrder } from '../workers/processes.ts';
import type { ProxyRun } from '../workers/proxy-run.ts';
import { argumentBytes } from './arguments.ts';
import { Audience } from './audience.ts';
import { FanOut } from './fan-out.ts';
import { Hub } from './hub.ts';
import type { Kind } from './kind.ts';
import { toBytes, toName } from './name.ts';
import { isNotification, placeOf, slotOf } from './place.ts';
import { publishHandlers } from './publish.ts';
import { queryHandlers } from './pubsub-queries.ts';
import type { PushFrame } from './push-frame.ts';
import { Receivers } from './receivers.ts';
import { nameRefusal } from './refusals.ts';
import { ShardFeed } from './shard-feed.ts';
import { SharedHome } from './shared-home.ts';
import type { Subscriber } from './subscriber.ts';
import { Subscriptions } from './subscriptions.ts';

/** How long the former home of a channel is listened to. */
const GRACE_MS = 5000;
/** A topology is acknowledged when what it moves is in force at its new home, or after this time. */
const SETTLE_MS = 250;

export type PubsubEnv = {
  readonly settings: ProxySettings;
  readonly routing: Routing;
  readonly router: () => Pick<Router, 'admit' | 'send'>;
  readonly calls: ShardCalls;
  readonly turn: Turn;
  readonly monotonicMs: () => number;
  readonly log: Logger;
  readonly counters: Counters;
  readonly noteRead: (bytes: number) => void;
  readonly processes: Processes;
  readonly run: Pick<ProxyRun, 'runId'>;
};

type Settling = {
  readonly feeds: readonly ShardFeed[];
  readonly resolve: () => void;
  readonly untilMs: number;
};

export class Pubsub implements RoutingFollower {
  readonly #env: PubsubEnv;
  readonly #hub: Hub<Subscriber, ShardFeed>;
  readonly #subscriptions: Subscriptions;
  readonly #fanOut: FanOut;
  readonly #audience: Audience;
  /** Who waits for the topology to be settled. */
  #settling: Settling[] = [];

  constructor(env: PubsubEnv) {
    this.#env = env;
    const { settings, monotonicMs, counters, log, noteRead } = env;
    const hub = new Hub<Subscriber, ShardFeed>({
      scope: settings.channelScope,
      graceMs: GRACE_MS,
      // Workers of a proxy share its run id, and so their shard: then PUBLISH counts them.
      shared: env.routing.traits.sharesMessages
        ? new SharedHome(slotOf(toBytes(env.run.runId)))
        : null,
      openFeed: (shard) => this.#openFeed(shard),
    });
    this.#hub = hub;
    this.#audience = new Audience(hub);
    this.#subscriptions = new Subscriptions({
      ...{ hub, monotonicMs, counters },
      limits: { all: settings.subscriptionsMax, ofClient: settings.clientSubscriptionsMax },
      confirmMs: settings.holdQueueMs,
      refusal: (kind, names) => this.#refusal(kind, names),
      closedError: () => env.routing.closedError,
    });
    this.#fanOut = new FanOut({
      ...{ hub, counters, log, monotonicMs, noteRead },
      limits: {
        hardBytes: settings.subscriberOutputBytesMax,
        softBytes: settings.subscriberSoftBytesMax,
        softMs: settings.subscriberSoftSeconds * 1000,
      },
      onCut: (client) => this.end(client),
    });
    env.routing.followers.push(this);
  }

  handlers(): Handlers {
    const { routing, router, calls, processes } = this.#env;
    const hub = this.#hub;
    return [
      ...this.#subscriptions.handlers(),
      ...publishHandlers({ routing, router, hub, audience: this.#audience }),
      ...queryHandlers({ calls, hub, processes }),
    ];
  }

  /** Of a PUBLISH or SPUBLISH that a transaction is about to send to the server of `shard`. */
  receiversOf(request: RequestView, shard: string): Receivers {
    const isSharded = argumentText(request, 0).toLowerCase() === 'spublish';
    const kind = isSharded ? 'shardChannel' : 'channel';
    const channel = toName(argumentBytes(request, 1));
    return new Receivers(this.#audience, { kind, channel, shard });
  }

  readonly take: TakeInMode = (client, command) => this.#subscriptions.take(client, command);

  /** It is gone. */
  end(client: Client): void {
    const subscriber = this.#subscriptions.of(client);
    if (subscriber === undefined) return;
    this.#subscriptions.end(client);
    this.#fanOut.forget(subscriber);
  }

  /** Of clients of this process. */
  subscribersOf({ kind, channels }: SubscribersOrder): Subscribers[] {
    const hub = this.#hub;
    return channels.map(([name, shard]) => ({
      clients: hub.find(kind, name)?.subscribers.size ?? 0,
      isKnown: hub.feeds.get(shard)?.ledger.mayCount(kind, name) === true,
    }));
  }

  /** For CLIENT LIST. */
  activityOf(client: Client): Pick<ClientActivity, 'channels' | 'patterns' | 'shardChannels'> {
    const held = this.#subscriptions.of(client)?.held;
    return {
      channels: held?.channel.size ?? 0,
      patterns: held?.pattern.size ?? 0,
      shardChannels: held?.shardChannel.size ?? 0,
    };
  }

  gauges(): NamedReading[] {
    const hub = this.#hub;
    const gauge = (name: string, help: string, read: () => number): NamedReading => ({
      ...{ name, help, read },
    });
    return [
      gauge('channels', 'Channels that clients are subscribed to.', () => hub.count('channel')),
      gauge('patterns', 'Patterns that clients are subscribed to.', () => hub.count('pattern')),
      gauge('shard_channels', 'Sharded channels that clients are subscribed to.', () =>
        hub.count('shardChannel'),
      ),
      gauge('subscriptions', 'Subscriptions of all clients.', () => this.#subscriptions.count),
    ];
  }

  onApplied(): Promise<void> {
    const { routing, monotonicMs } = this.#env;
    const nowMs = monotonicMs();
    const ids = routing.shards.map(({ id }) => id);
    const { owners } = routing;
    // What was under way before, or ended with a hold that cuts, is not this version's: a dead server must not delay it.
    const busy = new Set([...this.#hub.feeds.values()].filter(({ ledger }) => !ledger.isSettled));
    this.#hub.place(ids, (slot) => ids[owners[slot]!] ?? null, nowMs);
    this.#subscriptions.recheck();
    const feeds = [...this.#hub.feeds.values()].filter(
      (feed) => feed.noteTarget() || !busy.has(feed),
    );
    if (feeds.every((feed) => feed.isSettled(nowMs))) return Promise.resolve();
    const untilMs = nowMs + SETTLE_MS;
    return new Promise((resolve) => this.#settling.push({ feeds, resolve, untilMs }));
  }

  onSwept(nowMs: number): void {
    for (const feed of this.#hub.feeds.values()) feed.sweep(nowMs);
    this.#hub.sweep(nowMs);
    this.#subscriptions.sweep(nowMs);
    this.#fanOut.sweep();
    this.#noteProgress(nowMs);
  }

  #openFeed(id: string): ShardFeed {
    const { routing, settings, monotonicMs, turn, counters, log } = this.#env;
    const { hasOwnedKeysOnly } = routing.traits;
    // While a slot moves its keys are at two servers, and each tells of those that it has.
    const isOwner = (slot: number): boolean =>
      !hasOwnedKeysOnly || routing.shards[routing.owners[slot]!]?.id === id;
    return new ShardFeed(
      routing.shards.find((shard) => shard.id === id)!,
      {
        ...{ turn, monotonicMs, counters, log },
        pingMs: settings.serverSilenceMs / 4,
        idleMs: settings.serverIdleMs,
        isServing: () => routing.closedError === null,
        isBySlot: routing.traits.redirects,
        onMoved: () => routing.noteStale('a sharded channel has another server'),
        onMessage: (push, frame) => {
          if (this.#isToldBy(id, push)) this.#fanOut.deliver(push, frame, isOwner);
        },
        onProgress: () => this.#noteProgress(monotonicMs()),
        onInForce: (kind, name) => this.#subscriptions.onInForce(kind, name),
      },
    );
  }

  /** False: another shard tells of it too. */
  #isToldBy(shard: string, { kind, channel }: PushFrame): boolean {
    const hub = this.#hub;
    return !hub.isShared(kind) || isNotification(channel) || hub.sharedHome === shard;
  }

  #refusal(kind: Kind, names: readonly string[]): Uint8Array | null {
    for (const name of names) {
      const refused = nameRefusal(kind, name);
      if (refused !== null) return refused;
    }
    const { routing } = this.#env;
    if (routing.closedError !== null || kind !== 'shardChannel') return routing.closedError;
    const [slot = 0, ...others] = names.map((name) => placeOf(kind, name, 'home'));
    if (others.every((other) => routing.goTogether(slot, other))) return null;
    this.#env.counters.crossSlot++;
    return errors.crossSlot;
  }

  #noteProgress(nowMs: number): void {
    const isOver = ({ feeds, untilMs }: Settling): boolean =>
      untilMs <= nowMs || feeds.every((feed) => feed.isSettled(nowMs));
    const over = this.#settling.filter(isOver);
    if (over.length === 0) return;
    this.#settling = this.#settling.filter((each) => !over.includes(each));
    for (const { resolve } of over) resolve();
  }
}
