/** CLIENT …, about the clients of all processes of the proxy. */
import { encode, encodeReply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { errors, OK } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import { wordTable } from '../route/word-table.ts';
import { answerFromAll } from '../workers/answer-from-all.ts';
import type { Processes } from '../workers/processes.ts';
import { parseKillFilter, parseListFilter } from './client-filter.ts';
import { clientHelp } from './client-help.ts';
import { joinLists } from './client-lists.ts';
import type { ClientQueries } from './client-queries.ts';
import { isInteger64 } from './integer64.ts';
import { textArguments } from './text-arguments.ts';

export type ClientCommandsEnv = {
  readonly queries: ClientQueries;
  readonly processes: Processes;
};

const NO_SUCH_CLIENT = encode.errorReply('ERR No such client');
const BAD_TIMEOUT = encode.errorReply('ERR timeout is not an integer or out of range');
const NEGATIVE_TIMEOUT = encode.errorReply('ERR timeout is negative');
const BAD_PAUSE_MODE = encode.errorReply('ERR CLIENT PAUSE mode must be WRITE or ALL');
const onOrOff = wordTable({ on: true, off: false });
const pauseKinds = wordTable({ all: 'all', write: 'write' } as const);
const UNMUTED = 0;
/** The reply of CLIENT REPLY SKIP itself, and that of the next request. */
const SKIPPED = 2;

export function clientHandlers(env: ClientCommandsEnv): Handlers {
  return [
    ['client|id', (client) => client.answer(encode.integer(client.id))],
    ['client|info', (client) => client.answer(textReply(`${env.queries.line(client)}\n`, client))],
    ['client|list', (client) => list(client, env)],
    ['client|kill', (client) => kill(client, env)],
    ['client|pause', (client) => pause(client, env)],
    ['client|unpause', (client) => unpause(client, env)],
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

function textReply(text: string, client: Client): Uint8Array {
  return encodeReply({ type: 'verbatim', format: 'txt', text }, client.respVersion);
}

function list(client: Client, { processes }: ClientCommandsEnv): void {
  const filter = parseListFilter(textArguments(client).slice(2));
  if (typeof filter === 'string') return client.answer(encode.errorReply(filter));
  answerFromAll(client, processes, ['clientList', filter], (lists) =>
    textReply(joinLists(lists), client),
  );
}

/** With one argument, an address, it kills whoever has it and says so; else it counts whom it killed. */
function kill(client: Client, { processes }: ClientCommandsEnv): void {
  const options = textArguments(client).slice(2);
  const isOldForm = options.length === 1;
  const filter = isOldForm
    ? parseKillFilter(['addr', options[0]!, 'skipme', 'no'])
    : parseKillFilter(options, (name) => isUserFor(client, name));
  if (typeof filter === 'string') return client.answer(encode.errorReply(filter));
  answerFromAll(client, processes, ['clientKill', { filter, askedBy: client.id }], (counts) => {
    const killed = counts.reduce((sum, count) => sum + count, 0);
    if (!isOldForm) return encode.integer(killed);
    return killed === 0 ? NO_SUCH_CLIENT : OK;
  });
}

function isUserFor({ facts }: Client, name: string): boolean {
  return name === 'default' || facts.account?.users.has(name) === true;
}

function pause(client: Client, { processes }: ClientCommandsEnv): void {
  const [, , timeout = '', word = 'all'] = textArguments(client);
  if (!isInteger64(timeout)) return client.answer(BAD_TIMEOUT);
  if (Number(timeout) < 0) return client.answer(NEGATIVE_TIMEOUT);
  const kind = pauseKinds.get(word.toLowerCase());
  if (kind === undefined) return client.answer(BAD_PAUSE_MODE);
  const forMs = Number(timeout);
  answerFromAll(client, processes, ['clientPause', { kind, forMs }], () => OK);
}

function unpause(client: Client, { processes }: ClientCommandsEnv): void {
  answerFromAll(client, processes, ['clientUnpause', null], () => OK);
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
