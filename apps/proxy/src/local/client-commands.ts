/** CLIENT …, about the clients of this process: with several workers each knows its own. */
import { encode, encodeReply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { errors, OK } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import { wordTable } from '../route/word-table.ts';
import { isMeant, parseKillFilter, parseListFilter, type ClientFilter } from './client-filter.ts';
import { clientHelp } from './client-help.ts';
import { clientLine, type ClientActivity } from './client-line.ts';
import type { ClientPause, PauseKind } from './client-pause.ts';
import { textArguments } from './text-arguments.ts';

export type ClientCommandsEnv = {
  readonly clients: () => Iterable<Client>;
  readonly pause: ClientPause;
  readonly activityOf: (client: Client) => ClientActivity;
  readonly monotonicMs: () => number;
};

const NO_SUCH_CLIENT = encode.errorReply('ERR No such client');
const BAD_TIMEOUT = encode.errorReply('ERR timeout is not an integer or out of range');
const NEGATIVE_TIMEOUT = encode.errorReply('ERR timeout is negative');
const BAD_PAUSE_MODE = encode.errorReply('ERR CLIENT PAUSE mode must be WRITE or ALL');
const onOrOff = wordTable({ on: true, off: false });
const UNMUTED = 0;
/** The reply of CLIENT REPLY SKIP itself, and that of the next request. */
const SKIPPED = 2;

export function clientHandlers(env: ClientCommandsEnv): Handlers {
  return [
    ['client|id', (client) => client.answer(encode.integer(client.id))],
    ['client|info', (client) => client.answer(textReply(`${lineOf(client, env)}\n`, client))],
    ['client|list', (client) => list(client, env)],
    ['client|kill', (client) => kill(client, env)],
    ['client|pause', (client) => pause(client, env.pause)],
    ['client|unpause', (client) => unpause(client, env.pause)],
    ['client|reply', reply],
    ['client|no-evict', noEvict],
    // What a client can do with a redirection says nothing to a proxy that sends none; unknown words are fine too (Valkey).
    ['client|capa', (client) => client.answer(OK)],
    [
      'client|help',
      (client) =>
        client.answer(
          encodeReply(
            clientHelp.map((text) => ({ type: 'status', text })),
            client.respVersion,
          ),
        ),
    ],
  ];
}

function lineOf(client: Client, { activityOf, monotonicMs }: ClientCommandsEnv): string {
  return clientLine(client, activityOf(client), monotonicMs());
}

function textReply(text: string, client: Client): Uint8Array {
  return encodeReply({ type: 'verbatim', format: 'txt', text }, client.respVersion);
}

function list(client: Client, env: ClientCommandsEnv): void {
  const filter = parseListFilter(textArguments(client).slice(2));
  if (typeof filter === 'string') return client.answer(encode.errorReply(filter));
  const lines = meant(filter, env).map((of) => `${lineOf(of, env)}\n`);
  client.answer(textReply(lines.join(''), client));
}

function meant(filter: ClientFilter, { clients, activityOf, monotonicMs }: ClientCommandsEnv) {
  const nowMs = monotonicMs();
  return [...clients()].filter((client) => {
    const { channels, patterns, shardChannels } = activityOf(client);
    const facts = {
      id: client.id,
      type: channels + patterns + shardChannels > 0 ? ('pubsub' as const) : ('normal' as const),
      address: client.connection.remoteAddress,
      localAddress: client.connection.localAddress,
      ageSeconds: (nowMs - client.facts.connectedAtMs) / 1000,
    };
    return isMeant(facts, filter);
  });
}

/** With one argument, an address, it kills whoever has it and says so; else it counts whom it killed. */
function kill(client: Client, env: ClientCommandsEnv): void {
  const options = textArguments(client).slice(2);
  const isOldForm = options.length === 1;
  const filter = isOldForm
    ? parseKillFilter(['addr', options[0]!, 'skipme', 'no'])
    : parseKillFilter(options);
  if (typeof filter === 'string') return client.answer(encode.errorReply(filter));
  const killed = meant(filter, env).filter((of) => of !== client || !filter.skipsSelf);
  if (isOldForm) client.answer(killed.length === 0 ? NO_SUCH_CLIENT : OK);
  else client.answer(encode.integer(killed.length));
  for (const of of killed) {
    if (of === client) of.closeWhenDone();
    else of.cutOff();
  }
}

function pause(client: Client, clientPause: ClientPause): void {
  const [, , timeout = '', kind] = textArguments(client);
  if (!/^-?\d{1,15}$/.test(timeout)) return client.answer(BAD_TIMEOUT);
  if (Number(timeout) < 0) return client.answer(NEGATIVE_TIMEOUT);
  const wanted = (kind ?? 'all').toLowerCase();
  if (wanted !== 'all' && wanted !== 'write') return client.answer(BAD_PAUSE_MODE);
  client.answer(OK);
  clientPause.start(wanted satisfies PauseKind, Number(timeout));
}

function unpause(client: Client, clientPause: ClientPause): void {
  clientPause.stop();
  client.answer(OK);
}

function reply(client: Client): void {
  switch (argumentText(client.request, 2).toLowerCase()) {
    case 'on':
      client.mute(UNMUTED);
      return client.answer(OK);
    case 'off':
      client.mute(Infinity);
      return client.answer(OK);
    case 'skip':
      client.mute(SKIPPED);
      return client.answer(OK);
    default:
      return client.answer(errors.syntax);
  }
}

function noEvict(client: Client): void {
  const isOn = onOrOff.get(argumentText(client.request, 2).toLowerCase());
  if (isOn === undefined) return client.answer(errors.syntax);
  client.facts.isNotEvicted = isOn;
  client.answer(OK);
}
