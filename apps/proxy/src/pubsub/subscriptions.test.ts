import { describe, expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { BlockPool } from '../transport/blocks.ts';
import { LargeBlocks } from '../transport/large-blocks.ts';
import type { Connection } from '../transport/transport.ts';
import { Turn } from '../turn.ts';
import { argumentBytes } from './arguments.ts';
import { Hub, type Feed } from './hub.ts';
import { toName } from './name.ts';
import type { ShardFeed } from './shard-feed.ts';
import type { Subscriber } from './subscriber.ts';
import { Subscriptions } from './subscriptions.ts';

const CONFIRM_MS = 1000;
const CLOSED = '-ERR closed\r\n';

/** A client that may subscribe to three names, and one shard that the test confirms for. */
function scene() {
  const at = { closedError: null as Uint8Array | null, said: '' };
  const inForce = new Set<string>();
  const feed: Feed & Pick<ShardFeed, 'isAway'> = {
    want: () => undefined,
    unwant: () => undefined,
    isInForce: (_kind, name) => inForce.has(name),
    close: () => undefined,
    isAway: () => false,
    isOut: () => false,
  };
  const hub = new Hub<Subscriber, ShardFeed>({
    ...{ scope: 'all', graceMs: 0 },
    shared: null,
    openFeed: () => feed as ShardFeed,
  });
  hub.place(['s0'], () => 's0', 0);
  const subscriptions = new Subscriptions({
    hub,
    monotonicMs: () => 0,
    counters: new Counters(),
    limits: { all: 100, ofClient: 3 },
    confirmMs: CONFIRM_MS,
    refusal: () => null,
    closedError: () => at.closedError,
  });
  const handlers = new Map(subscriptions.handlers());
  const turns: (() => void)[] = [];
  const client = new Client(1, connectionTo(at), {
    turn: new Turn(
      (run) => turns.push(run),
      () => 0,
    ),
    blocks: { small: new BlockPool(64, 4), large: new BlockPool(256, 4) },
    largeBlocks: new LargeBlocks(16_384, 0),
    limits: { pendingMax: 8, outputBytesMax: 1000, inputBytesMax: 1000, requestBytesMax: 1000 },
    dispatch: (of) => handlers.get(toName(argumentBytes(of.request, 0)))!(of, undefined as never),
    ...{ onUnserved: () => undefined, onClosed: () => undefined, noteRead: () => undefined },
    recent: { nowMs: 0 },
  });
  const say = (text: string) => client.onData(Buffer.from(`${text}\r\n`), text.length + 2);
  const heard = () => {
    while (turns.length > 0) turns.shift()!();
    return at.said;
  };
  const confirm = (name: string) => {
    inForce.add(name);
    subscriptions.onInForce('channel', name);
  };
  return { at, hub, subscriptions, client, say, heard, confirm };
}

function connectionTo(at: { said: string }): Connection {
  return {
    ...{ remoteAddress: 'test:1', localAddress: 'test:2', descriptor: -1, unsentBytes: 0 },
    write: (bytes, start, end) => {
      at.said += Buffer.from(bytes.subarray(start, end)).toString();
    },
    ...{ pause: () => undefined, resume: () => undefined },
    ...{ end: () => undefined, destroy: () => undefined },
  };
}

describe('a subscription that waits', () => {
  it('is refused when the lease lapses, and holds nothing then', () => {
    const { at, hub, subscriptions, client, say, heard } = scene();
    say('subscribe a b');
    say('subscribe a c');
    at.closedError = Buffer.from(CLOSED);
    subscriptions.sweep(CONFIRM_MS);
    expect(heard()).toBe(CLOSED + CLOSED);
    expect([hub.count('channel'), subscriptions.count, client.heldBytes]).toEqual([0, 0, 0]);
    expect(client.mode).toBe(MODE.plain);
  });

  it('that is refused leaves those that are confirmed', () => {
    const { at, hub, subscriptions, client, say, heard, confirm } = scene();
    say('subscribe a');
    confirm('a');
    say('subscribe a b');
    at.closedError = Buffer.from(CLOSED);
    subscriptions.sweep(0);
    expect(heard()).toBe(`*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n${CLOSED}`);
    expect([...hub.topics('channel')].map(({ name }) => name)).toEqual(['a']);
    expect(client.mode).toBe(MODE.subscribed);
  });

  it('counts with its reply in what the proxy holds for the client', () => {
    const { client, say, heard, confirm } = scene();
    say('subscribe a a a');
    const waiting = client.heldBytes;
    confirm('a');
    const { length } = heard();
    expect(waiting - client.heldBytes).toBe(length);
  });
});

it('names are refused when they are more than a client may have, also repeated', () => {
  const { say, heard } = scene();
  say('subscribe a a a a');
  expect(heard()).toBe('-ERR a client may have 3 subscriptions (client-subscriptions-max)\r\n');
});
