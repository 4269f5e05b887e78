/** Commands that block: BLPOP and its kin, XREAD and XREADGROUP with BLOCK; and CLIENT UNBLOCK. */
import { extractKeys, type Command } from '@keyfleet/commands';
import { encode } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import { slotOfKey, type Handler, type Handlers, type Router } from '../route/router.ts';
import { answerFromAll } from '../workers/answer-from-all.ts';
import type { Processes, UnblockOrder } from '../workers/processes.ts';
import { BlockedCommand, type BlockedEnv, type BlockedOrder } from './blocked-command.ts';
import { openIds } from './last-ids.ts';
import { frameOf } from './request-of.ts';
import { argumentsOf, reservedAmong } from './reserved-among.ts';
import { timeoutOf } from './timeout-argument.ts';

const NOT_AN_INTEGER = encode.errorReply('ERR value is not an integer or out of range');
const BAD_REASON = encode.errorReply('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');

const names = [
  'blmove', 'blmpop', 'blpop', 'brpop', 'brpoplpush', 'bzmpop', 'bzpopmax', 'bzpopmin', 'xread', 'xreadgroup',
]; // prettier-ignore

export type BlockingEnv = BlockedEnv & {
  readonly router: () => Pick<Router, 'forwardKeys'>;
  readonly processes: Processes;
};

export class Blocking {
  readonly #env: BlockingEnv;
  readonly #blocked = new Map<Client, BlockedCommand>();

  constructor(env: BlockingEnv) {
    this.#env = env;
  }

  /** Clients that wait. */
  get count(): number {
    return this.#blocked.size;
  }

  handlers(): Handlers {
    const handler: Handler = (client, command) => this.#handle(client, command);
    return [
      ...names.map((name): [string, Handler] => [name, handler]),
      ['client|unblock', (client) => this.#askUnblock(client)],
    ];
  }

  isBlocked(client: Client): boolean {
    return this.#blocked.has(client);
  }

  /** Its client is gone. */
  end(client: Client): void {
    this.#blocked.get(client)?.cancel();
    this.#forget(client);
  }

  onApplied(): void {
    for (const blocked of this.#blocked.values()) blocked.onApplied();
  }

  /** False: no client of this process with this id waits. */
  unblock({ id, reason }: UnblockOrder): boolean {
    const found = [...this.#blocked].find(([client]) => client.id === id);
    found?.[1].ask(reason);
    return found !== undefined;
  }

  /** All are answered as if their time were over: the proxy stops. */
  endAll(): void {
    for (const blocked of [...this.#blocked.values()]) blocked.ask('TIMEOUT');
  }

  #handle(client: Client, command: Command): void {
    const { request } = client;
    const timeout = timeoutOf(command, request);
    if (timeout === null) return this.#env.router().forwardKeys(client, command);
    const keys: number[] = [];
    const isMalformed = extractKeys(command, request, keys) < 0;
    // Keys that cannot be found are for a server to complain of; but one of ours may stand anywhere.
    const reserved = reservedAmong(request, isMalformed ? argumentsOf(request) : keys);
    if (reserved !== null) return client.answer(reserved);
    const [slot = 0, ...others] = isMalformed ? [] : keys.map((key) => slotOfKey(request, key));
    const { routing } = this.#env;
    if (!others.every((other) => routing.goTogether(slot, other)))
      return client.answer(errors.crossSlot);
    const ids = command.name === 'xread' && !isMalformed ? openIds(request, keys) : [];
    // What it asked before is answered first, and may be what it waits for.
    if (client.isQuietOrWaits()) this.#block(client, command, { slot, timeout, ids });
  }

  #block(
    client: Client,
    command: Command,
    at: Pick<BlockedOrder, 'slot' | 'timeout' | 'ids'>,
  ): void {
    const frame = frameOf(client.request);
    const blocked = new BlockedCommand(
      {
        ...at,
        client,
        token: client.reserve(),
        frame,
        isWrite: !command.isReadonly,
        onDone: () => this.#forget(client),
      },
      this.#env,
    );
    this.#blocked.set(client, blocked);
    client.mode |= MODE.blocked;
    client.queuedBytes = frame.length;
    client.stayAlone();
    if (client.hasEnded) client.cutOff();
    else blocked.start();
  }

  #forget(client: Client): void {
    this.#blocked.delete(client);
    client.mode &= ~MODE.blocked;
    client.queuedBytes = 0;
  }

  #askUnblock(client: Client): void {
    const order = unblockOrder(client);
    if (order instanceof Uint8Array) return client.answer(order);
    answerFromAll(client, this.#env.processes, ['clientUnblock', order], (found) =>
      encode.integer(found.includes(true) ? 1 : 0),
    );
  }
}

/** What CLIENT UNBLOCK asks for, or the error for it. */
function unblockOrder({ request }: Client): UnblockOrder | Uint8Array {
  if (request.count > 4) return wrongArguments(argumentText(request, 1));
  const id = argumentText(request, 2);
  const reason = request.count > 3 ? argumentText(request, 3).toUpperCase() : 'TIMEOUT';
  if (reason !== 'TIMEOUT' && reason !== 'ERROR') return BAD_REASON;
  return /^-?\d{1,18}$/.test(id) ? { id: Number(id), reason } : NOT_AN_INTEGER;
}

/** networking.c `clientCommand`, of a subcommand whose options end sooner. */
function wrongArguments(given: string): Uint8Array {
  return encode.errorReply(
    `ERR unknown subcommand or wrong number of arguments for '${given}'. Try CLIENT HELP.`,
  );
}
