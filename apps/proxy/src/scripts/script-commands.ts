/** EVAL, EVALSHA, FCALL and SCRIPT: a script runs at the shard of its keys, or, without keys, at one that is always the same. */
import { extractKeys, type Command } from '@keyfleet/commands';
import { decodeReply, encodeReply, type RequestFramer } from '@keyfleet/resp';
import type { Clock } from '@keyfleet/runtime';
import type { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import { KEYLESS_SLOT } from '../route/routing.ts';
import { reservedError, slotOfKey, type Handlers, type Router } from '../route/router.ts';
import type { ProxySettings } from '../settings.ts';
import { answerLater } from '../wide/answer-later.ts';
import { broadcast, joined, wholeRequest } from '../wide/broadcast.ts';
import { combine } from '../wide/combine.ts';
import { isError } from '../wide/failure.ts';
import { isFlush } from '../wide/flush.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';
import { EvalTrials } from './eval-trials.ts';
import { functionHandlers } from './function-commands.ts';
import { FunctionLibraries } from './function-libraries.ts';
import { killHandlers } from './kill-commands.ts';
import { ScriptLoader } from './script-loader.ts';
import { ScriptStore } from './script-store.ts';
import { SecondTry, type Remedy } from './second-try.ts';

/** A longer request is not kept to be sent a second time. */
const KEPT_REQUEST_BYTES_MAX = 16 * 1024;
const NOSCRIPT = Buffer.from('-NOSCRIPT No matching script.');
const NO_FUNCTION = Buffer.from('-ERR Function not found');

export type ScriptsEnv = {
  readonly calls: ShardCalls;
  readonly router: () => Pick<Router, 'admit' | 'send'>;
  readonly counters: Counters;
  readonly monotonicMs: () => number;
  readonly sleep: Clock['sleep'];
  readonly settings: Pick<ProxySettings, 'scriptBytesMax'>;
};

/** Of a transaction. */
export type Sending = {
  readonly client: Client;
  readonly connection: UpstreamConnection;
  readonly slot: number;
};

export class ScriptCommands {
  readonly #env: ScriptsEnv;
  readonly #store: ScriptStore;
  readonly #trials: EvalTrials;
  readonly #loader: ScriptLoader;
  readonly #libraries: FunctionLibraries;
  readonly #libraryRemedy: Remedy = {
    lacking: NO_FUNCTION,
    ahead: () => undefined,
    supply: (shard) => this.#libraries.recheck(shard),
  };
  /** Filled anew for each request. */
  readonly #keys: number[] = [];

  constructor(env: ScriptsEnv) {
    this.#env = env;
    this.#store = new ScriptStore(env.settings.scriptBytesMax);
    this.#trials = new EvalTrials(this.#store, env.calls);
    this.#loader = new ScriptLoader(this.#store);
    this.#libraries = new FunctionLibraries(env);
  }

  handlers(): Handlers {
    const toAll = broadcast(this.#env.calls);
    const { routing } = this.#env.calls;
    return [
      ...functionHandlers(this.#env.calls, this.#libraries),
      ...killHandlers(routing),
      ['eval', (client, command) => this.#eval(client, command)],
      ['eval_ro', (client, command) => this.#eval(client, command)],
      ['evalsha', (client, command) => this.#evalSha(client, command)],
      ['evalsha_ro', (client, command) => this.#evalSha(client, command)],
      ['fcall', (client, command) => this.#run(client, command, this.#libraryRemedy)],
      ['fcall_ro', (client, command) => this.#run(client, command, this.#libraryRemedy)],
      ['script|exists', (client, command) => this.#exists(client, command)],
      ['script|load', (client, command) => this.#load(client, command)],
      [
        'script|flush',
        (client, command) => {
          // What servers do not take as a flush is none here.
          if (isFlush(client.request, 2)) this.#forgetAll();
          toAll(client, command);
        },
      ],
    ];
  }

  /**
   * Of a transaction that is about to be sent, with these calls of scripts in it: the server may lack what they need. What
   * it gives is to be called when there is an answer, or never will be.
   */
  prepare({ client, connection, slot }: Sending, calls: readonly RequestFramer[]): () => void {
    const proposals = calls.flatMap((request) => {
      if (!isByDigest(request)) return this.#trials.begin(request) ?? [];
      this.#loader.loadAhead(connection, argumentText(request, 1).toLowerCase(), client);
      return [];
    });
    return () => this.#trials.settle(proposals, slot, client);
  }

  /** Whether the owner of `slot` has all libraries of functions; else the client's request comes again. */
  functionsAreThereOrWait(client: Client, slot: number): boolean {
    const { shards, owners, closedError } = this.#env.calls.routing;
    const shard = shards[owners[slot]!];
    if (shard === undefined || closedError !== null) return true;
    return this.#libraries.areThereOrWait(client, [shard]);
  }

  #eval(client: Client, command: Command): void {
    const slot = this.#slotOf(client, command);
    const connection = slot === null ? null : this.#admit(client, command, slot);
    if (slot === null || connection === null) return;
    const proposal = this.#trials.begin(client.request);
    this.#env.router().send(client, connection, slot, isWrite(command));
    if (proposal !== null) this.#trials.settle([proposal], slot, client);
  }

  #evalSha(client: Client, command: Command): void {
    const digest = argumentText(client.request, 1).toLowerCase();
    const isKnown = this.#store.get(digest) !== undefined;
    this.#run(client, command, isKnown ? this.#scriptRemedy(client, digest) : null);
  }

  #scriptRemedy(client: Client, digest: string): Remedy {
    return {
      lacking: NOSCRIPT,
      ahead: (connection) => this.#loader.loadAhead(connection, digest, client),
      supply: () => {
        // It goes ahead of the second try.
        this.#loader.noteMissing(digest);
        return Promise.resolve();
      },
    };
  }

  /** `remedy`: for what the server may lack. */
  #run(client: Client, command: Command, remedy: Remedy | null): void {
    const slot = this.#slotOf(client, command);
    const connection = slot === null ? null : this.#admit(client, command, slot);
    if (slot === null || connection === null) return;
    const { start, end } = client.request;
    if (remedy === null) return this.#env.router().send(client, connection, slot, isWrite(command));
    const kept = end - start > KEPT_REQUEST_BYTES_MAX ? null : wholeRequest(client);
    const order = { client, slot, isWrite: isWrite(command), kept, remedy };
    new SecondTry(order, this.#env.calls.routing).sendOn(connection, client.reserve());
  }

  /** Null: the client was answered, or waits. */
  #admit(client: Client, command: Command, slot: number): UpstreamConnection | null {
    if (command.name.startsWith('fcall') && !this.functionsAreThereOrWait(client, slot))
      return null;
    const connection = this.#env.router().admit(client, slot, isWrite(command));
    const { shards, owners } = this.#env.calls.routing;
    // To end it by, should that be wanted.
    if (connection !== null) shards[owners[slot]!]!.line.keep();
    return connection;
  }

  /** Null: the client was answered. A count of keys that is none is for the server to complain of. */
  #slotOf(client: Client, command: Command): number | null {
    const { request } = client;
    const { routing } = this.#env.calls;
    const keys = this.#keys;
    const count = extractKeys(command, request, keys);
    // What it does to keys that it does not name nobody can route.
    if (count <= 0) return KEYLESS_SLOT;
    const slot = slotOfKey(request, keys[0]!);
    for (let i = 0; i < count; i++) {
      const reserved = reservedError(request, keys[i]!);
      if (reserved === null && routing.goTogether(slot, slotOfKey(request, keys[i]!))) continue;
      if (reserved === null) this.#env.counters.crossSlot++;
      client.answer(reserved ?? errors.crossSlot);
      return null;
    }
    return slot;
  }

  #load(client: Client, command: Command): void {
    const { calls } = this.#env;
    answerLater(client, calls.routing, async () => {
      const { request } = client;
      const proposal = this.#store.propose(argumentBytes(request, 2));
      const call = { client, request: wholeRequest(client), isWrite: command.isWrite };
      const answers = await calls.all(call);
      const replies = answers.map(({ reply }) => reply);
      const isTaken = replies.some((reply) => !isError(reply));
      if (proposal !== null) this.#store.settle(proposal, isTaken);
      return joined(command, answers, () =>
        combine(command.responsePolicy, replies, client.respVersion),
      );
    });
  }

  /** What some server took is there, also where it was not loaded yet. */
  #exists(client: Client, command: Command): void {
    const { calls } = this.#env;
    const { request } = client;
    const digests = Array.from({ length: request.count - 2 }, (_, i) =>
      argumentText(request, i + 2).toLowerCase(),
    );
    const call = { client, request: wholeRequest(client), isWrite: false };
    answerLater(client, calls.routing, async () => {
      const answers = await calls.all(call);
      return joined(command, answers, () => {
        const replies = answers.map(({ reply }) => reply);
        const there = decodeReply(combine(command.responsePolicy, replies, 2)) as number[];
        const exist = there.map((isThere, i) =>
          Math.max(isThere, Number(this.#store.isTaken(digests[i]!))),
        );
        return encodeReply(exist, client.respVersion);
      });
    });
  }

  #forgetAll(): void {
    this.#store.clear();
    this.#loader.clear();
  }
}

/** What a script writes nobody knows before it runs. */
function isWrite({ isReadonly }: Command): boolean {
  return !isReadonly;
}

function isByDigest(request: RequestFramer): boolean {
  return argumentText(request, 0).toLowerCase().startsWith('evalsha');
}

/** Borrowed. */
function argumentBytes({ bytes, offsets }: RequestFramer, index: number): Uint8Array {
  return bytes.subarray(offsets[2 * index], offsets[2 * index + 1]);
}
