/** COMMAND and its subcommands, from the same table that routes. */
import {
  commandNamed,
  commands,
  extractKeys,
  findCommand,
  hasValidArity,
  loadCommandDocs,
  type Command,
  type CommandDocs,
  type DocValue,
  type KeySpec,
} from '@keyfleet/commands';
import { encode, encodeReply, type Reply, type RequestView } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import { listedCommands } from './command-list.ts';
import { keyFlags } from './key-flags.ts';
import { textArguments } from './text-arguments.ts';

const topLevel = commands.filter((command) => command.container === undefined);
const NOT_A_COMMAND = encode.errorReply('ERR Invalid command specified');
const WRONG_COUNT = encode.errorReply('ERR Invalid number of arguments specified for command');
const NO_KEYS = encode.errorReply('ERR The command has no key arguments');

/** By name. */
export function commandInfoHandlers(): Handlers {
  return [
    ['command', (client) => answer(client, topLevel.map(infoReply))],
    ['command|count', (client) => answer(client, topLevel.length)],
    [
      'command|info',
      (client) =>
        answer(
          client,
          chosen(client).map((command) => (command ? infoReply(command) : null)),
        ),
    ],
    ['command|list', list],
    ['command|getkeys', (client) => client.answer(getKeys(client, (key) => key))],
    [
      'command|getkeysandflags',
      (client) => client.answer(getKeys(client, (key, flags) => [key, flags])),
    ],
    ['command|docs', docs],
  ];
}

function list(client: Client): void {
  const names = listedCommands(textArguments(client).slice(2));
  if (names === null) client.answer(errors.syntax);
  else answer(client, names);
}

function answer(client: Client, reply: Reply): void {
  client.answer(encodeReply(reply, client.respVersion));
}

/** The commands that are named, or all. */
function chosen({ request }: Client): (Command | undefined)[] {
  if (request.count === 2) return topLevel;
  return Array.from({ length: request.count - 2 }, (_, i) =>
    commandNamed(argumentText(request, i + 2).toLowerCase()),
  );
}

/** server.c `addReplyCommandInfo`. */
function infoReply(command: Command): Reply {
  return [
    command.name,
    command.arity,
    new Set([...command.flags].map(status)),
    command.firstKey,
    command.lastKey,
    command.keyStep,
    new Set(command.aclCategories.map((category) => status(`@${category.replace(/^@/, '')}`))),
    [...command.tips],
    command.keySpecs.map(keySpecReply),
    command.subcommands.map(infoReply),
  ];
}

function keySpecReply(spec: KeySpec): Reply {
  const { by: beginBy, ...begin } = spec.begin;
  const { by: findBy, ...find } = spec.find;
  return asMap({
    ...(spec.notes === undefined ? {} : { notes: spec.notes }),
    flags: new Set(spec.flags.map(status)),
    begin_search: asMap({ type: beginBy, spec: asMap(begin) }),
    find_keys: asMap({ type: findBy, spec: asMap(find) }),
  });
}

function status(text: string): Reply {
  return { type: 'status', text };
}

function asMap(fields: Readonly<Record<string, Reply>>): Reply {
  return new Map<Reply, Reply>(Object.entries(fields));
}

function getKeys(client: Client, shape: (key: Reply, flags: Reply) => Reply): Uint8Array {
  const inner = withoutFirst(client.request, 2);
  const command = findCommand(inner);
  if (command === undefined) return NOT_A_COMMAND;
  if (!command.hasKeys) return NO_KEYS;
  if (!hasValidArity(command, inner.count)) return WRONG_COUNT;
  const positions: number[] = [];
  const count = extractKeys(command, inner, positions);
  if (count < 0) return errors.invalidArguments;
  if (count === 0 && !command.keysAreOptional) return errors.invalidArguments;
  const keys = positions.slice(0, count).map((at) => {
    const flags = new Set(keyFlags(command, inner, at).map(status));
    return shape(argumentBytes(inner, at), flags);
  });
  return encodeReply(keys, client.respVersion);
}

function withoutFirst({ bytes, offsets, count }: RequestView, skipped: number): RequestView {
  return { bytes, offsets: offsets.subarray(2 * skipped), count: count - skipped };
}

function argumentBytes({ bytes, offsets }: RequestView, index: number): Uint8Array {
  return bytes.slice(offsets[2 * index], offsets[2 * index + 1]);
}

/** The docs are read at the first call, so the reply's place is taken now and filled then. */
function docs(client: Client): void {
  const token = client.reserve();
  const wanted = chosen(client).filter((command) => command !== undefined);
  const { respVersion } = client;
  loadCommandDocs().then(
    (all) => {
      const reply = encodeReply(docsReply(wanted, all), respVersion);
      client.onReply(token, reply, 0, reply.length);
    },
    (error: unknown) => client.onFailure(token, encode.errorReply(`ERR ${String(error)}`)),
  );
}

function docsReply(wanted: readonly Command[], all: Readonly<Record<string, CommandDocs>>): Reply {
  const known = wanted.filter((command) => all[command.name] !== undefined);
  return new Map<Reply, Reply>(known.map((command) => [command.name, docReply(command, all)]));
}

function docReply(command: Command, all: Readonly<Record<string, CommandDocs>>): Reply {
  const own = Object.entries(all[command.name] ?? {}).map(([field, value]): [string, Reply] => [
    field,
    docValue(field, value),
  ]);
  if (command.subcommands.length === 0) return new Map<Reply, Reply>(own);
  return new Map<Reply, Reply>([...own, ['subcommands', docsReply(command.subcommands, all)]]);
}

/** Flags are statuses, which redis-cli insists on (server.c `addReplyFlagsForArg`). */
function docValue(field: string, value: DocValue): Reply {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value)) {
    const values = value as readonly DocValue[];
    const areFlags = field === 'flags' || field === 'doc_flags';
    return areFlags
      ? new Set(values.map((flag) => status(flag as string)))
      : values.map((each) => docValue('', each));
  }
  return new Map<Reply, Reply>(
    Object.entries(value as CommandDocs).map(([name, of]) => [name, docValue(name, of)]),
  );
}
