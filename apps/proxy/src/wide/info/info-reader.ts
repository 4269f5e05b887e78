/** INFO of all shards. Many clients ask for it when they connect, and they connect at once: so questions are shared. */
import { decodeReply, encodeCommand } from '@keyfleet/resp';
import type { Clock } from '@keyfleet/runtime';
import { STAMP_KEY } from '../../route/reserved-key.ts';
import type { ShardUpstream } from '../../upstream/shard-upstream.ts';
import { PLAIN_CLASS } from '../../upstream/connection-class.ts';
import { isError } from '../failure.ts';
import type { ShardCalls } from '../shard-calls.ts';
import { SharedQuestions } from '../shared-questions.ts';
import { parseInfo, type InfoSections } from './info-text.ts';

/** A server that does not answer for so long is left out: nobody shall wait for it who only wants to connect. */
const WAIT_MS = 1000;
const STAMP_EXISTS = encodeCommand(['EXISTS', STAMP_KEY]);
/** The order of the shards is that of what the client asked before: nothing waits for them. */
const NOBODY = { connectionClass: PLAIN_CLASS, gatheredBytes: 0, isClosed: false };

export type InfoReaderEnv = {
  readonly calls: ShardCalls;
  readonly sleep: Clock['sleep'];
};

export class InfoReader {
  readonly #env: InfoReaderEnv;
  /** By the sections that are asked for. */
  readonly #questions = new SharedQuestions<InfoSections[]>();

  constructor(env: InfoReaderEnv) {
    this.#env = env;
  }

  /** Of the shards that answer. */
  read(sections: readonly string[]): Promise<InfoSections[]> {
    const about = JSON.stringify(sections).toLowerCase();
    return this.#questions.ask(about, () => this.#readAll(sections));
  }

  async #readAll(sections: readonly string[]): Promise<InfoSections[]> {
    const { calls, sleep } = this.#env;
    const patience = new AbortController();
    const late = sleep(WAIT_MS, patience.signal).then(() => null);
    const request = encodeCommand(['INFO', ...sections]);
    const { shards } = calls.routing;
    const infos = shards.map((shard) => Promise.race([late, this.#readOne(shard, request)]));
    const read = await Promise.all(infos);
    patience.abort();
    return read.filter((info) => info !== null);
  }

  async #readOne(shard: ShardUpstream, request: Uint8Array): Promise<InfoSections | null> {
    const { calls } = this.#env;
    const call = { client: NOBODY, isWrite: false };
    const [reply, stamp] = await Promise.all([
      calls.one(shard, { ...call, request }),
      calls.routing.traits.ownsServers
        ? calls.one(shard, { ...call, request: STAMP_EXISTS })
        : null,
    ]);
    if (reply === null || isError(reply)) return null;
    const sections = parseInfo(decodeReply(reply) as string);
    const hasStamp = stamp !== null && decodeReply(stamp) === 1;
    if (hasStamp) hideStamp(sections);
    return sections;
  }
}

/** It is a key of database 0 that no client knows of. */
function hideStamp(sections: InfoSections): void {
  const keyspace = sections.get('Keyspace');
  const text = keyspace?.get('db0');
  if (keyspace === undefined || text === undefined) return;
  const keys = Number(/keys=(\d+)/.exec(text)?.[1]) - 1;
  if (keys === 0) keyspace.delete('db0');
  else keyspace.set('db0', text.replace(/keys=\d+/, `keys=${keys}`));
}
