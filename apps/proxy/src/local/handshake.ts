/** What every client says first: HELLO, AUTH, CLIENT …, and the commands of a connection's own state. */
import { encode, encodeReply, type Reply, type RespVersion } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { isInteger64 } from './integer64.ts';
import { wordTable } from '../route/word-table.ts';
import { textArguments } from './text-arguments.ts';
import { argumentText } from '../route/refusals.ts';
import { errors, OK, PONG } from '../route/replies.ts';
import { PLAIN_CLASS, withDatabase, withVersion } from '../upstream/connection-class.ts';
import type { Handlers } from '../route/router.ts';

const NO_PASSWORD_SET = encode.errorReply(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);
const WRONG_PASSWORD = encode.errorReply(
  'WRONGPASS invalid username-password pair or user is disabled.',
);
const NO_PROTOCOL = encode.errorReply('NOPROTO unsupported protocol version');
const BAD_PROTOCOL = encode.errorReply('ERR Protocol version is not an integer or out of range');
const BAD_NAME = encode.errorReply(
  'ERR Client names cannot contain spaces, newlines or special characters.',
);
const NAME_LENGTH_MAX = 1024;
const NO_SUCH_DATABASE = encode.errorReply('ERR DB index is out of range');
const NOT_AN_INTEGER = encode.errorReply('ERR value is not an integer or out of range');
const NOT_AN_INTEGER_32 = encode.errorReply(
  'ERR value is out of range, value must between -2147483648 and 2147483647',
);
const WRONG_PING_ARITY = encode.errorReply("ERR wrong number of arguments for 'ping' command");

export type HandshakeFacts = {
  /** What the servers behind the proxy say they are. */
  readonly serverVersion: () => string;
  /** RESET: what other parts of the proxy keep of the client's state goes too. */
  readonly onReset: (client: Client) => void;
  /** What a server says to everybody while a script runs there that names no keys; else null. */
  readonly busyError: () => Uint8Array | null;
  /** How many SELECT offers. */
  readonly databases: number;
};

export function handshakeHandlers({
  serverVersion,
  databases,
  onReset,
  busyError,
}: HandshakeFacts): Handlers {
  return [
    ['hello', (client) => hello(client, serverVersion())],
    ['auth', (client) => client.answer(authReply(textArguments(client).slice(1)))],
    ['select', (client) => select(client, databases)],
    ['ping', (client) => ping(client, busyError())],
    ['echo', (client) => client.answer(encode.bulk(argumentBytes(client, 1)))],
    ['quit', quit],
    ['reset', (client) => reset(client, onReset)],
    ['client|getname', (client) => client.answer(nameReply(client))],
    ['client|setname', (client) => client.answer(setName(client, argumentText(client.request, 2)))],
    ['client|setinfo', (client) => client.answer(setInfo(client))],
  ];
}

/** networking.c `helloCommand`: HELLO [protover [AUTH user password] [SETNAME name]]. */
function hello(client: Client, serverVersion: string): void {
  // Another protocol is another upstream connection: what is pending on the former must be answered first.
  if (!client.isQuietOrWaits()) return;
  const [, wanted, ...options] = textArguments(client);
  const parsed = parseHello(wanted, options);
  if (parsed instanceof Uint8Array) return client.answer(parsed);
  client.connectionClass = withVersion(
    client.connectionClass,
    parsed.version ?? client.respVersion,
  );
  if (parsed.name !== undefined) client.facts.name = parsed.name;
  client.answer(encodeReply(helloReply(client, serverVersion), client.respVersion));
}

type Hello = { version?: RespVersion; name?: string };

function parseHello(wanted: string | undefined, options: string[]): Uint8Array | Hello {
  if (wanted === undefined) return {};
  if (!isInteger64(wanted)) return BAD_PROTOCOL;
  if (wanted !== '2' && wanted !== '3') return NO_PROTOCOL;
  const parsed: Hello = { version: wanted === '2' ? 2 : 3 };
  while (options.length > 0) {
    const failure = takeHelloOption(options, parsed);
    if (failure !== null) return failure;
  }
  return parsed;
}

/** Takes one option with its values off `options`; returns an error reply if it cannot. */
function takeHelloOption(options: string[], parsed: Hello): Uint8Array | null {
  const option = options.shift()!;
  const word = option.toLowerCase();
  if (word === 'auth' && options.length >= 2) {
    const reply = authReply(options.splice(0, 2));
    return reply === OK ? null : reply;
  }
  if (word === 'setname' && options.length >= 1) {
    parsed.name = options.shift()!;
    return isName(parsed.name) ? null : BAD_NAME;
  }
  return encode.errorReply(`ERR Syntax error in HELLO option '${option}'`);
}

function helloReply(client: Client, version: string): Reply {
  return new Map<Reply, Reply>([
    ['server', 'redis'],
    ['version', version],
    ['proto', client.respVersion],
    ['id', client.id],
    ['mode', 'standalone'],
    ['role', 'master'],
    ['modules', []],
  ]);
}

/** As a server whose only user is `default` without a password (acl.c): any password is right for it. */
function authReply(credentials: string[]): Uint8Array {
  if (credentials.length === 1) return NO_PASSWORD_SET;
  if (credentials.length !== 2) return errors.syntax;
  return credentials[0] === 'default' ? OK : WRONG_PASSWORD;
}

/** db.c `selectCommand`. */
function select(client: Client, databases: number): void {
  const text = argumentText(client.request, 1);
  if (!isInteger64(text)) return client.answer(NOT_AN_INTEGER);
  const index = Number(text);
  if (index !== (index | 0)) return client.answer(NOT_AN_INTEGER_32);
  if (index < 0 || index >= databases) return client.answer(NO_SUCH_DATABASE);
  // Another database is another connection to each server, as in `hello`.
  if (index !== client.database) {
    if (!client.isQuietOrWaits()) return;
    client.connectionClass = withDatabase(client.connectionClass, index);
  }
  client.answer(OK);
}

/** It asks how Redis is. `busyError`: what it would hear from one whose script runs too long. */
function ping(client: Client, busyError: Uint8Array | null): void {
  const { count } = client.request;
  if (count > 2) return client.answer(WRONG_PING_ARITY);
  if (busyError !== null) return client.answer(busyError);
  client.answer(count === 1 ? PONG : encode.bulk(argumentBytes(client, 1)));
}

function quit(client: Client): void {
  client.answer(OK);
  client.closeWhenDone();
}

function reset(client: Client, onReset: (client: Client) => void): void {
  if (!client.isQuietOrWaits()) return;
  onReset(client);
  client.connectionClass = PLAIN_CLASS;
  client.facts.name = '';
  client.facts.isNotEvicted = false;
  client.answer(encode.simpleString('RESET'));
}

function nameReply(client: Client): Uint8Array {
  const { name } = client.facts;
  return name === '' ? encode.nullReply(client.respVersion) : encode.bulk(name);
}

function setName(client: Client, name: string): Uint8Array {
  if (!isName(name)) return BAD_NAME;
  client.facts.name = name;
  return OK;
}

const libraryFacts = wordTable({ 'lib-name': 'libName', 'lib-ver': 'libVersion' } as const);

function setInfo(client: Client): Uint8Array {
  const option = argumentText(client.request, 2);
  const value = argumentText(client.request, 3);
  const field = libraryFacts.get(option.toLowerCase());
  if (field === undefined) return encode.errorReply(`ERR Unrecognized option '${option}'`);
  if (!isName(value))
    return encode.errorReply(
      `ERR ${option.toLowerCase()} cannot contain spaces, newlines or special characters.`,
    );
  client.facts[field] = value;
  return OK;
}

/** networking.c `validateClientName`: printable, no spaces. The length is our own limit: names are kept for each client. */
function isName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && /^[!-~]*$/.test(name);
}

function argumentBytes({ request }: Client, index: number): Uint8Array {
  return request.bytes.subarray(request.offsets[2 * index], request.offsets[2 * index + 1]);
}
