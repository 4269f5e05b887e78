/** What every client says first: HELLO, AUTH, CLIENT …, and the commands of a connection's own state. */
import { encode, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import {
  NO_AUTH_HELLO,
  otherCluster,
  parseAuth,
  WRONG_PASSWORD,
  type Credentials,
} from '../lobby/credentials.ts';
import { BAD_NAME, isClientName } from './client-name.ts';
import { parseHello, type Hello } from './hello.ts';
import { isInteger64 } from './integer64.ts';
import { wordTable } from '../route/word-table.ts';
import { textArguments } from './text-arguments.ts';
import { argumentText } from '../route/refusals.ts';
import { OK, PONG } from '../route/replies.ts';
import { PLAIN_CLASS, withDatabase, withVersion } from '../upstream/connection-class.ts';
import type { Handlers } from '../route/router.ts';

const NO_PASSWORD_SET = encode.errorReply(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);
/** As a Redis Cluster has it. */
const ONE_DATABASE = encode.errorReply('ERR SELECT is not allowed in cluster mode');
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
  readonly isRedisCluster: boolean;
};

export function handshakeHandlers({
  serverVersion,
  databases,
  isRedisCluster,
  onReset,
  busyError,
}: HandshakeFacts): Handlers {
  return [
    ['hello', (client) => hello(client, serverVersion())],
    ['auth', auth],
    ['select', (client) => select(client, databases, isRedisCluster)],
    ['ping', (client) => ping(client, busyError())],
    ['echo', (client) => client.answer(encode.bulk(argumentBytes(client, 1)))],
    ['quit', quit],
    ['reset', (client) => reset(client, onReset)],
    ['client|getname', (client) => client.answer(nameReply(client))],
    ['client|setname', (client) => client.answer(setName(client, argumentText(client.request, 2)))],
    ['client|setinfo', (client) => client.answer(setInfo(client))],
  ];
}

function hello(client: Client, serverVersion: string): void {
  // Another protocol is another upstream connection: what is pending on the former must be answered first.
  if (!client.isQuietOrWaits()) return;
  const parsed = parseHello(textArguments(client).slice(1));
  if (parsed instanceof Uint8Array) return client.answer(parsed);
  const refusal = helloRefusal(client, parsed);
  if (refusal !== null) return client.answer(refusal);
  client.connectionClass = withVersion(
    client.connectionClass,
    parsed.version ?? client.respVersion,
  );
  if (parsed.name !== undefined) client.facts.name = parsed.name;
  client.answer(encodeReply(helloReply(client, serverVersion), client.respVersion));
}

function helloRefusal(client: Client, { credentials }: Hello): Uint8Array | null {
  if (credentials !== undefined) return authenticate(client, credentials);
  return (client.mode & MODE.nobody) === 0 ? null : NO_AUTH_HELLO;
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

function auth(client: Client): void {
  const values = textArguments(client).slice(1);
  if (client.facts.account === null && values.length === 1) return client.answer(NO_PASSWORD_SET);
  const parsed = parseAuth(values);
  const refusal = parsed instanceof Uint8Array ? parsed : authenticate(client, parsed);
  client.answer(refusal ?? OK);
}

/**
 * Null: it is that user from now on. A listener without users is as a server whose only one is `default` without a password
 * (acl.c): any password is right for it.
 */
function authenticate(client: Client, { name, password }: Credentials): Uint8Array | null {
  const { account } = client.facts;
  if (account === null) return name === 'default' ? null : WRONG_PASSWORD;
  const user = account.users.find(name, password);
  if (user === null) return WRONG_PASSWORD;
  if (user.cluster !== account.cluster) return otherCluster(name);
  client.facts.account = { ...account, userName: name };
  client.mode &= ~MODE.nobody;
  return null;
}

/** db.c `selectCommand`. */
function select(client: Client, databases: number, isRedisCluster: boolean): void {
  const text = argumentText(client.request, 1);
  if (!isInteger64(text)) return client.answer(NOT_AN_INTEGER);
  const index = Number(text);
  if (index !== (index | 0)) return client.answer(NOT_AN_INTEGER_32);
  if (index < 0 || index >= databases)
    return client.answer(isRedisCluster && databases === 1 ? ONE_DATABASE : NO_SUCH_DATABASE);
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
  forgetUser(client);
  client.answer(encode.simpleString('RESET'));
}

function forgetUser(client: Client): void {
  const { account } = client.facts;
  if (account === null) return;
  client.facts.account = { ...account, userName: null };
  client.mode |= MODE.nobody;
}

function nameReply(client: Client): Uint8Array {
  const { name } = client.facts;
  return name === '' ? encode.nullReply(client.respVersion) : encode.bulk(name);
}

function setName(client: Client, name: string): Uint8Array {
  if (!isClientName(name)) return BAD_NAME;
  client.facts.name = name;
  return OK;
}

const libraryFacts = wordTable({ 'lib-name': 'libName', 'lib-ver': 'libVersion' } as const);

function setInfo(client: Client): Uint8Array {
  const option = argumentText(client.request, 2);
  const value = argumentText(client.request, 3);
  const field = libraryFacts.get(option.toLowerCase());
  if (field === undefined) return encode.errorReply(`ERR Unrecognized option '${option}'`);
  if (!isClientName(value))
    return encode.errorReply(
      `ERR ${option.toLowerCase()} cannot contain spaces, newlines or special characters.`,
    );
  client.facts[field] = value;
  return OK;
}

function argumentBytes({ request }: Client, index: number): Uint8Array {
  return request.bytes.subarray(request.offsets[2 * index], request.offsets[2 * index + 1]);
}
