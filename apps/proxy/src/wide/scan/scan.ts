/** SCAN: one shard after another, behind one cursor. What it guarantees on one server it guarantees over all. */
import {
  decodeReply,
  encode,
  encodeCommand,
  firstElement,
  ProtocolError,
  skipReply,
} from '@keyfleet/resp';
import type { Topology } from '@keyfleet/topology';
import type { Client } from '../../downstream/client.ts';
import { argumentText } from '../../route/refusals.ts';
import { errors } from '../../route/replies.ts';
import type { Handlers } from '../../route/router.ts';
import type { ShardUpstream } from '../../upstream/shard-upstream.ts';
import { answerLater } from '../answer-later.ts';
import { keptStrings, stringsReply } from '../bulk-list.ts';
import { isError } from '../failure.ts';
import { arrivals } from '../moving-keys.ts';
import { isOwnedBy } from '../owned-keys.ts';
import { patternSlot } from '../pattern-slot.ts';
import type { ShardCalls } from '../shard-calls.ts';
import { arrivingKeys } from './arriving-keys.ts';
import { parseCursor } from './scan-cursor.ts';
import { scanOption } from './scan-option.ts';
import { ScanPlanner, type ScanStep } from './scan-planner.ts';

const INVALID_CURSOR = encode.errorReply('ERR invalid cursor');
const CURSOR_TOO_LARGE = encode.errorReply(
  'ERR Cannot scan: the cursor of a server has more than 37 bits',
);
/** How often a shard is asked while the keyspace changes its map. */
const ASKED_MAX = 5;

type Scan = {
  readonly client: Client;
  readonly cursor: bigint;
  /** Behind the cursor: MATCH, COUNT, TYPE and their values. */
  readonly options: readonly Uint8Array[];
  /** Of all keys that match, where MATCH says so much. */
  readonly slot: number | null;
};

export function scanHandlers(calls: ShardCalls): Handlers {
  const scanner = new Scanner(calls);
  return [['scan', (client) => scanner.take(client)]];
}

class Scanner {
  readonly #calls: ShardCalls;
  readonly #planner = new ScanPlanner();
  #lively: { of: Topology | null; lives: string; topology: Topology } | null = null;

  constructor(calls: ShardCalls) {
    this.#calls = calls;
  }

  take(client: Client): void {
    const { request } = client;
    const cursor = parseCursor(argumentText(request, 1));
    if (cursor === null) return client.answer(INVALID_CURSOR);
    const options = Array.from(
      { length: request.count - 2 },
      (_, i) =>
        new Uint8Array(
          request.bytes.subarray(request.offsets[2 * (i + 2)], request.offsets[2 * (i + 2) + 1]),
        ),
    );
    const scan = { client, cursor, options, slot: slotOf(options) };
    answerLater(client, this.#calls.routing, () => this.#scan(scan));
  }

  async #scan(scan: Scan): Promise<Uint8Array> {
    const { routing } = this.#calls;
    for (let asked = 0; asked < ASKED_MAX; asked++) {
      const step = this.#planner.plan(scan.cursor, scan.slot, this.#topology());
      if (step === null) return scanReply(0n, stringsReply([]));
      const shard = routing.shards.find(({ id }) => id === step.shardId)!;
      const reply = await this.#ask(scan, shard, step);
      if (reply !== null && isError(reply)) return reply;
      // Otherwise the answer may be that of another server, or lack keys that left it before it came.
      if (reply !== null && this.#isOfNow(step)) return this.#replyOf(scan, step, shard, reply);
    }
    return errors.holdLimit;
  }

  #ask({ client, options }: Scan, shard: ShardUpstream, { at }: ScanStep) {
    const request = encodeCommand(['SCAN', String(at.node), ...options]);
    return this.#calls.one(shard, { client, request, isWrite: false });
  }

  /** With the lives of the primaries, also where the topology does not know them. */
  #topology(): Topology {
    const { traits, topology, shards } = this.#calls.routing;
    if (traits.provesLife) return topology!;
    const lives = shards.map(({ life }) => life).join();
    if (this.#lively?.of !== topology || this.#lively?.lives !== lives)
      this.#lively = { of: topology, lives, topology: withLives(topology!, shards) };
    return this.#lively.topology;
  }

  #isOfNow({ map }: ScanStep): boolean {
    return this.#planner.map(this.#topology()).name === map.name;
  }

  async #replyOf(
    scan: Scan,
    step: ScanStep,
    shard: ShardUpstream,
    reply: Uint8Array,
  ): Promise<Uint8Array> {
    const first = firstElement(reply, 0, 2);
    const list = skipReply(reply, first, reply.length);
    const node = parseCursor(decodeReply(reply, first, list) as string);
    if (node === null) throw new ProtocolError('Cannot read reply: it has no cursor, want one');
    const next = this.#planner.next(step, node, scan.slot);
    if (next === null) return CURSOR_TOO_LARGE;
    const keys = keptStrings(reply, list, isOwnedBy(this.#calls.routing, shard));
    if (node !== 0n) return scanReply(next, stringsReply([keys]));
    // Some may have gone to a shard that was done before, ahead of their slot, or with it.
    const arriving = await arrivals(this.#calls, scan.client, [shard]);
    if (!this.#isOfNow(step)) return scanReply(this.#planner.again(step), stringsReply([keys]));
    const gone = await arrivingKeys(this.#calls, scan, arriving);
    return scanReply(next, stringsReply([keys, gone]));
  }
}

function scanReply(cursor: bigint, keys: Uint8Array): Uint8Array {
  return encode.array([encode.bulk(String(cursor)), keys]);
}

function slotOf(options: readonly Uint8Array[]): number | null {
  const pattern = scanOption(options, 'match');
  return pattern === undefined ? null : patternSlot(pattern);
}

function withLives(topology: Topology, shards: readonly ShardUpstream[]): Topology {
  const lives = new Map(shards.map(({ id, life }) => [id, life]));
  return {
    ...topology,
    shards: topology.shards.map(({ primary, ...shard }) => ({
      ...shard,
      primary: primary && { ...primary, runId: lives.get(shard.id) ?? '' },
    })),
  };
}
