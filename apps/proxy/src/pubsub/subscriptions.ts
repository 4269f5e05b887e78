/**
 * SUBSCRIBE, UNSUBSCRIBE and their kin, as clients see them.
 *
 * A subscription is confirmed when it is in force at every server that it needs: what is published behind the confirmation
 * arrives. The confirmation takes the place of a reply, and only further subscriptions go behind it meanwhile, so that
 * many of them in a pipeline are one round. With a shard away for longer than commands wait, it is confirmed all the same
 * (and counted): its other shards' messages come, and that one's when it is back. Messages start behind the confirmation.
 */
import { hasValidArity, type Command } from '@keyfleet/commands';
import { encode } from '@keyfleet/resp';
import type { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import type { Handlers } from '../route/router.ts';
import { argumentBytes, names } from './arguments.ts';
import type { Hub, Topic } from './hub.ts';
import { KINDS, VERBS, type Kind } from './kind.ts';
import { toBytes } from './name.ts';
import type { ShardFeed } from './shard-feed.ts';
import { Subscriber, type Confirmation } from './subscriber.ts';

/** What a client with RESP2 may say while it is subscribed (server.c `processCommand`). */
const allowed = new Set([
  ...KINDS.flatMap((kind) => [VERBS[kind].on, VERBS[kind].off]),
  ...['ping', 'quit', 'reset'],
]);
const subscribing = new Set<string>(KINDS.map((kind) => VERBS[kind].on));
const WRONG_PING_ARITY = encode.errorReply("ERR wrong number of arguments for 'ping' command");

export type SubscriptionsEnv = {
  readonly hub: Hub<Subscriber, ShardFeed>;
  readonly monotonicMs: () => number;
  readonly counters: Counters;
  readonly limits: SubscriptionLimits;
  /** How long a confirmation waits. */
  readonly confirmMs: number;
  /** Why the client may not subscribe to these; null: it may. */
  readonly refusal: (kind: Kind, names: readonly string[]) => Uint8Array | null;
  /** Not null: nothing is served. */
  readonly closedError: () => Uint8Array | null;
};

export type SubscriptionLimits = { readonly all: number; readonly ofClient: number };

export class Subscriptions {
  /** Of all clients. */
  count = 0;
  readonly #env: SubscriptionsEnv;
  readonly #subscribers = new Map<Client, Subscriber>();
  readonly #waiting = new Map<Topic<Subscriber>, Set<Confirmation>>();
  /** Since the last sweep; else nobody need look. */
  #isSomeAway = false;
  /** In the order of their time. */
  readonly #confirming = new Set<Confirmation>();

  constructor(env: SubscriptionsEnv) {
    this.#env = env;
  }

  handlers(): Handlers {
    return KINDS.flatMap((kind): Handlers => [
      [VERBS[kind].on, (client) => this.#subscribe(client, kind)],
      [VERBS[kind].off, (client) => this.#unsubscribe(client, kind)],
    ]);
  }

  of(client: Client): Subscriber | undefined {
    return this.#subscribers.get(client);
  }

  /** A command of a client with subscriptions; true: it is answered, or waits. */
  take(client: Client, command: Command | undefined): boolean {
    if (command === undefined || !isWellFormed(command, client)) return false;
    const { name } = command;
    const isConfirming = (client.mode & MODE.confirming) !== 0;
    if (isConfirming && !subscribing.has(name) && !client.isQuietOrWaits()) return true;
    if (client.respVersion === 3) return false;
    if (name === 'ping') client.answer(pong(client));
    else if (allowed.has(name)) return false;
    else client.answer(notAllowed(name));
    return true;
  }

  /** It is gone, or as new: it hears nothing any more. */
  end(client: Client): void {
    const subscriber = this.#subscribers.get(client);
    if (subscriber === undefined) return;
    while (subscriber.confirming.length > 0) this.#takeFirst(subscriber);
    for (const kind of KINDS) {
      for (const topic of [...subscriber.held[kind].values()]) this.#leave(subscriber, topic);
    }
    this.#forget(subscriber);
  }

  /** A feed has it in force; others may not. */
  onInForce(kind: Kind, name: string): void {
    const topic = this.#env.hub.find(kind, name);
    const waiting = topic === undefined ? undefined : this.#waiting.get(topic);
    if (waiting !== undefined) this.#settleIfOver(topic!, waiting);
  }

  /** Another topology may need less of what some wait for. */
  recheck(): void {
    for (const [topic, waiting] of [...this.#waiting]) this.#settleIfOver(topic, waiting);
  }

  /** Confirms what has waited long enough, or waits for shards that are away. */
  sweep(nowMs: number): void {
    const closedError = this.#env.closedError();
    if (closedError !== null) return this.#refuseWaiting(closedError);
    const wasAway = this.#isSomeAway;
    this.#isSomeAway = [...this.#env.hub.feeds.values()].some((feed) => feed.isAway(nowMs));
    if (this.#isSomeAway && !wasAway) this.recheck();
    for (const confirmation of this.#confirming) {
      if (confirmation.deadlineMs > nowMs) return;
      this.#env.counters.subscriptionsUnconfirmed += confirmation.missing.size;
      for (const topic of [...confirmation.missing]) this.#stopWaiting(topic, confirmation);
      this.#advance(confirmation.subscriber);
    }
  }

  #subscribe(client: Client, kind: Kind): void {
    const isConfirming = (client.mode & MODE.confirming) !== 0;
    if (!isConfirming && !client.isQuietOrWaits()) return;
    // However often they are repeated: each is answered with a frame.
    if (client.request.count - 1 > this.#env.limits.ofClient)
      return client.answer(this.#tooManyOfClient());
    const wanted = names(client.request, 1);
    const known = this.#subscribers.get(client);
    const fresh = new Set(wanted.filter((name) => known?.held[kind].has(name) !== true));
    const refused = this.#env.refusal(kind, wanted) ?? this.#limitError(known, fresh.size);
    if (refused !== null) return client.answer(refused);
    const subscriber = known ?? this.#newSubscriber(client);
    const topics: Topic<Subscriber>[] = [];
    const frames = wanted.map((name) => {
      if (fresh.delete(name)) topics.push(this.#enter(subscriber, kind, name));
      return subscriber.frame(kind, VERBS[kind].on, name);
    });
    this.#confirm(subscriber, topics, toBytes(frames.join('')));
  }

  #confirm(subscriber: Subscriber, topics: readonly Topic<Subscriber>[], reply: Uint8Array): void {
    const { client, confirming } = subscriber;
    const nowMs = this.#env.monotonicMs();
    const missing = new Set(topics.filter((topic) => this.#isWorthWaiting(topic, nowMs)));
    if (missing.size === 0 && confirming.length === 0) {
      answerAloud(client, reply);
      return join(subscriber, topics);
    }
    const deadlineMs = nowMs + this.#env.confirmMs;
    const token = client.reserve();
    client.mode |= MODE.confirming;
    client.subscribedBytes += reply.length;
    const isPushed = isMuted(client);
    const confirmation = { subscriber, token, reply, isPushed, topics, missing, deadlineMs };
    confirming.push(confirmation);
    this.#confirming.add(confirmation);
    for (const topic of missing) {
      const waiting = this.#waiting.get(topic);
      if (waiting === undefined) this.#waiting.set(topic, new Set([confirmation]));
      else waiting.add(confirmation);
    }
  }

  #unsubscribe(client: Client, kind: Kind): void {
    const subscriber = this.#subscribers.get(client) ?? new Subscriber(client);
    const held = subscriber.held[kind];
    const verb = VERBS[kind].off;
    const given = client.request.count > 1 ? names(client.request, 1) : [...held.keys()];
    const frames = given.map((name) => {
      const topic = held.get(name);
      if (topic !== undefined) this.#leave(subscriber, topic);
      return subscriber.frame(kind, verb, name);
    });
    if (given.length === 0) frames.push(subscriber.frame(kind, verb, null));
    if (subscriber.size === 0) this.#forget(subscriber);
    answerAloud(client, toBytes(frames.join('')));
  }

  #newSubscriber(client: Client): Subscriber {
    const subscriber = new Subscriber(client);
    this.#subscribers.set(client, subscriber);
    client.mode |= MODE.subscribed;
    return subscriber;
  }

  #forget({ client }: Subscriber): void {
    this.#subscribers.delete(client);
    client.mode &= ~(MODE.subscribed | MODE.confirming);
  }

  #enter(subscriber: Subscriber, kind: Kind, name: string): Topic<Subscriber> {
    const topic = this.#env.hub.enter(kind, name);
    subscriber.hold(topic);
    this.count++;
    return topic;
  }

  #leave(subscriber: Subscriber, topic: Topic<Subscriber>): void {
    subscriber.letGo(topic);
    this.#env.hub.leave(topic);
    this.count--;
  }

  #limitError(subscriber: Subscriber | undefined, more: number): Uint8Array | null {
    const { all, ofClient } = this.#env.limits;
    if ((subscriber?.size ?? 0) + more > ofClient) return this.#tooManyOfClient();
    if (this.count + more > all)
      return encode.errorReply(`ERR all clients may have ${all} subscriptions (subscriptions-max)`);
    return null;
  }

  #tooManyOfClient(): Uint8Array {
    return encode.errorReply(
      `ERR a client may have ${this.#env.limits.ofClient} subscriptions (client-subscriptions-max)`,
    );
  }

  #isWorthWaiting(topic: Topic<Subscriber>, nowMs: number): boolean {
    if (this.#env.hub.isInForce(topic)) return false;
    if (!this.#isAway(topic, nowMs)) return true;
    this.#env.counters.subscriptionsUnconfirmed++;
    return false;
  }

  /** Whatever could be in force is. */
  #isAway(topic: Topic<Subscriber>, nowMs: number): boolean {
    const { kind, name } = topic;
    const feeds = this.#env.hub.feedsOf(topic).filter((feed) => !feed.isInForce(kind, name));
    return feeds.length > 0 && feeds.every((feed) => feed.isAway(nowMs));
  }

  #settleIfOver(topic: Topic<Subscriber>, waiting: ReadonlySet<Confirmation>): void {
    const { hub, monotonicMs, counters } = this.#env;
    if (hub.isInForce(topic)) return this.#settle(topic, waiting);
    if (!this.#isSomeAway || !this.#isAway(topic, monotonicMs())) return;
    counters.subscriptionsUnconfirmed += waiting.size;
    this.#settle(topic, waiting);
  }

  #settle(topic: Topic<Subscriber>, confirmations: ReadonlySet<Confirmation>): void {
    for (const confirmation of [...confirmations]) {
      this.#stopWaiting(topic, confirmation);
      this.#advance(confirmation.subscriber);
    }
  }

  #stopWaiting(topic: Topic<Subscriber>, confirmation: Confirmation): void {
    confirmation.missing.delete(topic);
    const waiting = this.#waiting.get(topic);
    waiting?.delete(confirmation);
    if (waiting?.size === 0) this.#waiting.delete(topic);
  }

  /** It is not said that all is well while nothing is: who is not served must know. */
  #refuseWaiting(error: Uint8Array): void {
    // Those of one client stand in the order of its requests.
    for (const { subscriber } of this.#confirming) {
      const { client, confirming } = subscriber;
      const { token, topics } = this.#takeFirst(subscriber);
      for (const topic of topics) {
        if (subscriber.held[topic.kind].get(topic.name) === topic) this.#leave(subscriber, topic);
      }
      client.onReply(token, error, 0, error.length);
      if (confirming.length === 0) client.mode &= ~MODE.confirming;
      if (subscriber.size === 0 && confirming.length === 0) this.#forget(subscriber);
    }
  }

  #takeFirst(subscriber: Subscriber): Confirmation {
    const confirmation = subscriber.confirming.shift()!;
    this.#confirming.delete(confirmation);
    subscriber.client.subscribedBytes -= confirmation.reply.length;
    for (const topic of confirmation.missing) this.#stopWaiting(topic, confirmation);
    return confirmation;
  }

  /** Gives the confirmations whose turn it is. */
  #advance(subscriber: Subscriber): void {
    const { client, confirming } = subscriber;
    while (confirming[0]?.missing.size === 0) {
      const { token, reply, isPushed, topics } = this.#takeFirst(subscriber);
      client.onReply(token, reply, 0, reply.length);
      if (isPushed) client.push(reply);
      if (confirming.length === 0) client.mode &= ~MODE.confirming;
      join(subscriber, topics);
    }
  }
}

function join(subscriber: Subscriber, topics: readonly Topic<Subscriber>[]): void {
  for (const topic of topics) {
    if (subscriber.held[topic.kind].get(topic.name) === topic) topic.subscribers.add(subscriber);
  }
}

/** What is pushed is said even with CLIENT REPLY OFF, and so is that it will be (networking.c: CLIENT_PUSHING). */
function answerAloud(client: Client, reply: Uint8Array): void {
  client.answer(reply);
  if (isMuted(client)) client.push(reply);
}

/** The reply to the last request is dropped. */
function isMuted({ mode }: Client): boolean {
  return (mode & MODE.muted) !== 0;
}

/** What is not gets the router's error. */
function isWellFormed(command: Command, { request }: Client): boolean {
  if (command.subcommands.length > 0 && request.count > 1) return false;
  return hasValidArity(command, request.count);
}

/** server.c `pingCommand`. */
function pong({ request }: Client): Uint8Array {
  if (request.count > 2) return WRONG_PING_ARITY;
  const echoed = request.count === 1 ? new Uint8Array() : argumentBytes(request, 1);
  return encode.array([encode.bulk('pong'), encode.bulk(echoed)]);
}

function notAllowed(name: string): Uint8Array {
  return encode.errorReply(
    `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  );
}
