/**
 * MULTI, EXEC, DISCARD. Commands of a transaction are kept here until EXEC sends them in one burst over the connection
 * that all share (burst.ts). Until then nothing was sent: a client that leaves, or a shard that is away, leaves no half
 * of it behind. EXEC as a whole waits for its shard as a command would; with an error to EXEC the transaction is over.
 */
import { findCommand, hasValidArity, type Command } from '@keyfleet/commands';
import { encode, type RequestFramer } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { wrongArity } from '../route/refusals.ts';
import { OK } from '../route/replies.ts';
import type { Handlers, Router } from '../route/router.ts';
import { KEYLESS_SLOT } from '../route/routing.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { Burst, type BurstOrder, type Publications } from './burst.ts';
import { errorText, execAbort } from './exec-abort.ts';
import { emulate, type HandlerOf } from './emulate.ts';
import { nullReply } from './null-reply.ts';
import { queueCommand, type QueueEnv } from './queue-command.ts';
import { queuedAs } from './queued-as.ts';
import type { PrivatePool } from './private-pool.ts';
import { requestOf } from './request-of.ts';
import { Transaction, type Step, type TransactionLimits } from './transaction.ts';
import type { Watch } from './watch.ts';
import type { Watches } from './watches.ts';

const QUEUED = encode.simpleString('QUEUED');
const NESTED = encode.errorReply('ERR MULTI calls can not be nested');
const EXEC_WITHOUT_MULTI = encode.errorReply('ERR EXEC without MULTI');
const DISCARD_WITHOUT_MULTI = encode.errorReply('ERR DISCARD without MULTI');
const EXECABORT = encode.errorReply('EXECABORT Transaction discarded because of previous errors.');

const scripts = new Set(['eval', 'eval_ro', 'evalsha', 'evalsha_ro']);

export type ScriptsOfTransactions = {
  /** Of a transaction that is about to be sent. What it gives is to be called when there is an answer, or never will be. */
  prepare(
    sending: { client: Client; connection: UpstreamConnection; slot: number },
    calls: readonly RequestFramer[],
  ): () => void;
  /** Whether functions can be called at the shard of a slot; else the client's request comes again. */
  functionsAreThereOrWait(client: Client, slot: number): boolean;
};

export type TransactionsEnv = {
  readonly router: () => Pick<Router, 'admit' | 'passGate'>;
  /** Of commands that the proxy answers by itself. */
  readonly handlerOf: HandlerOf;
  readonly limits: TransactionLimits;
  readonly databases: number;
  readonly watches: Watches;
  /** Where the connections of those who watch come from. */
  readonly watchPool: PrivatePool;
  /** Of the shard of a slot: what its server says to everybody while it runs a script for too long; else null. */
  readonly busyError: (slot: number) => Uint8Array | null;
  readonly scripts: ScriptsOfTransactions;
  readonly publications: Publications;
  readonly routing: QueueEnv['routing'];
};

export class Transactions {
  readonly #env: TransactionsEnv;
  readonly #open = new Map<Client, Transaction>();
  /** The servers do not let us: then a conflict of keys that are on their way to another server may not be seen. */
  #isGuardDenied = false;

  constructor(env: TransactionsEnv) {
    this.#env = env;
  }

  handlers(): Handlers {
    return [
      ['multi', (client) => this.#multi(client)],
      ['exec', (client) => this.#exec(client)],
      ['discard', (client) => this.#discard(client)],
    ];
  }

  /** A request between MULTI and EXEC. False: it goes on like any other. */
  take(client: Client, command: Command | undefined): boolean {
    const transaction = this.#open.get(client)!;
    if (command === undefined || !isWellFormed(command, client)) {
      this.#doom(client, transaction);
      if (command?.name !== 'exec') return false;
      this.end(client);
      client.answer(wrongArity(command));
      return true;
    }
    if (queuedAs(command) === 'atOnce') return false;
    const { request } = client;
    const error =
      queueCommand(transaction, command, request, this.#env) ?? this.#busyError(transaction);
    if (error !== null) this.#doom(client, transaction);
    client.queuedBytes = transaction.bytes;
    client.answer(error ?? QUEUED);
    return true;
  }

  /** The client's request waited, and was refused: EXEC ends its transaction, any other will have EXEC refused. */
  onUnserved(client: Client): void {
    const transaction = this.#open.get(client);
    if (transaction === undefined) return;
    if (findCommand(client.request)?.name === 'exec') this.end(client);
    else this.#doom(client, transaction);
  }

  /** Its transaction, if there is one, is over, and what it watches with it. */
  end(client: Client): void {
    if (!this.#open.delete(client)) return;
    client.mode &= ~MODE.queueing;
    client.queuedBytes = 0;
    this.#env.watches.end(client);
  }

  queuedBy(client: Client): readonly Command[] {
    return this.#open.get(client)?.steps.map(({ command }) => command) ?? [];
  }

  /** What its EXEC would do. */
  stepsOf(client: Client): readonly Step[] {
    return this.#open.get(client)?.steps ?? [];
  }

  /** For CLIENT LIST. */
  activityOf(client: Client): { queued: number; queuedBytes: number } {
    const transaction = this.#open.get(client);
    return { queued: transaction?.steps.length ?? -1, queuedBytes: transaction?.bytes ?? 0 };
  }

  #multi(client: Client): void {
    if (this.#open.has(client)) return client.answer(NESTED);
    const slot = this.#env.watches.of(client)?.slot ?? null;
    this.#open.set(client, new Transaction(this.#env.limits, slot));
    client.mode |= MODE.queueing;
    client.answer(OK);
  }

  #discard(client: Client): void {
    if (!this.#open.has(client)) return client.answer(DISCARD_WITHOUT_MULTI);
    this.end(client);
    client.answer(OK);
  }

  #exec(client: Client): void {
    const transaction = this.#open.get(client);
    if (transaction === undefined) return client.answer(EXEC_WITHOUT_MULTI);
    const aborted = this.#aborted(transaction);
    if (aborted !== null) {
      this.end(client);
      return client.answer(aborted);
    }
    if (this.#hasItsFunctions(client, transaction)) this.#execute(client, transaction);
  }

  #execute(client: Client, transaction: Transaction): void {
    const watch = this.#env.watches.of(client);
    // What is answered here, or over another connection, is so in its turn, and may change what later commands meet.
    const isPlain = transaction.isPlain && watch === undefined;
    if (!isPlain && !client.isQuietOrWaits()) return;
    if (watch !== undefined) this.#sendWatched(client, transaction, watch);
    else if (transaction.sentCount === 0) this.#answerHere(client, transaction);
    else this.#send(client, transaction);
    if (!isPlain && !client.isWaiting) client.stayAlone();
  }

  /** As Redis has it: why EXEC itself cannot be done comes before what was wrong earlier. */
  #aborted(transaction: Transaction): Uint8Array | null {
    const busy = this.#busyError(transaction);
    if (busy !== null) return execAbort(errorText(busy));
    return transaction.isDoomed ? EXECABORT : null;
  }

  #busyError({ slot }: Transaction): Uint8Array | null {
    return this.#env.busyError(slot ?? KEYLESS_SLOT);
  }

  #hasItsFunctions(client: Client, { steps, slot }: Transaction): boolean {
    const isCalling = steps.some(({ command }) => command.name.startsWith('fcall'));
    return !isCalling || this.#env.scripts.functionsAreThereOrWait(client, slot ?? KEYLESS_SLOT);
  }

  #answerHere(client: Client, { steps }: Transaction): void {
    this.end(client);
    client.answer(encode.array(steps.map((step) => emulate(client, step, this.#env.handlerOf))));
  }

  #send(client: Client, transaction: Transaction): void {
    const connection = this.#env
      .router()
      .admit(client, transaction.slot ?? KEYLESS_SLOT, transaction.isWrite);
    if (client.isWaiting) return;
    this.end(client);
    if (connection === null) return;
    this.#burst(client, transaction).sendOn(connection);
  }

  #sendWatched(client: Client, transaction: Transaction, watch: Watch): void {
    if (!watch.isWhole) {
      this.end(client);
      return client.answer(nullReply(client));
    }
    // Through the gate as any other; but it goes where the keys are watched.
    const { router, watchPool } = this.#env;
    const isAdmitted = router().passGate(client, watch.slot, transaction.isWrite) !== null;
    if (client.isWaiting) return;
    if (!isAdmitted) return this.end(client);
    const { isAheadOfSlot } = watch;
    const guard = this.#isGuardDenied ? null : watch.guard;
    const connection = watch.take();
    this.end(client);
    connection.switchTo(client.connectionClass);
    const burst = this.#burst(client, transaction, {
      guard,
      onGuardDenied: () => (this.#isGuardDenied = true),
      onDone: () => watchPool.release(connection),
    });
    burst.sendOn(connection.upstream, isAheadOfSlot);
  }

  #prepare(
    client: Client,
    { steps, slot }: Transaction,
    connection: UpstreamConnection,
  ): () => void {
    const calls = steps.filter(({ command }) => scripts.has(command.name));
    if (calls.length === 0) return nothing;
    const requests = calls.map(({ frame }) => requestOf(frame));
    const sending = { client, connection, slot: slot ?? KEYLESS_SLOT };
    return this.#env.scripts.prepare(sending, requests);
  }

  #burst(
    client: Client,
    transaction: Transaction,
    watched: (BurstOrder['watched'] & { onDone: () => void }) | null = null,
  ): Burst {
    const { handlerOf, publications, routing } = this.#env;
    const { redirects } = routing.traits;
    const token = client.reserve();
    const settles: (() => void)[] = [];
    return new Burst({
      ...{ client, token, transaction, handlerOf, publications, redirects, watched },
      slot: transaction.slot ?? KEYLESS_SLOT,
      prepare: (connection) => settles.push(this.#prepare(client, transaction, connection)),
      onDone: () => {
        watched?.onDone();
        for (const settle of settles) settle();
      },
    });
  }

  #doom(client: Client, transaction: Transaction): void {
    transaction.doom();
    client.queuedBytes = 0;
  }
}

function nothing(): void {
  // Of a transaction without scripts.
}

/** Else the router has the error for it. */
function isWellFormed(command: Command, { request }: Client): boolean {
  if (command.subcommands.length > 0 && request.count > 1) return false;
  return hasValidArity(command, request.count);
}
