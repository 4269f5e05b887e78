/**
 * ACL as clients of the proxy see it: there is one user, `default`, without a password and with all rights; whoever a
 * listener knows by another name has its rights. The servers' users are between them and the proxies.
 */
import { encode, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { isInteger64 } from '../local/integer64.ts';
import { argumentText } from '../route/refusals.ts';
import { shownUserName } from '../lobby/account.ts';
import { OK } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';

const DEFAULT_USER = new Map<Reply, Reply>([
  ['flags', new Set<Reply>(['on', 'nopass'])],
  ['passwords', []],
  ['commands', '+@all'],
  ['keys', '~*'],
  ['channels', '&*'],
  ['selectors', []],
]);

export function aclHandlers(): Handlers {
  return [
    ['acl|whoami', (client) => answer(client, shownUserName(client.facts.account))],
    ['acl|users', (client) => answer(client, ['default'])],
    ['acl|list', (client) => answer(client, ['user default on nopass ~* &* +@all'])],
    ['acl|getuser', (client) => answer(client, userNamed(argumentText(client.request, 2)))],
    ['acl|log', (client) => log(client)],
  ];
}

function answer(client: Client, reply: Reply): void {
  client.answer(encodeReply(reply, client.respVersion));
}

function userNamed(name: string): Reply {
  return name === 'default' ? DEFAULT_USER : null;
}

/** Nothing is denied to anybody. (acl.c `aclCommand`) */
function log(client: Client): void {
  const { request } = client;
  if (request.count > 3) return client.answer(wrongLogArguments(argumentText(request, 1)));
  const option = request.count === 3 ? argumentText(request, 2) : '0';
  if (option.toLowerCase() === 'reset') client.answer(OK);
  else client.answer(isInteger64(option) ? encode.array([]) : NOT_AN_INTEGER);
}

const NOT_AN_INTEGER = encode.errorReply('ERR value is not an integer or out of range');

function wrongLogArguments(given: string): Uint8Array {
  return encode.errorReply(
    `ERR unknown subcommand or wrong number of arguments for '${given}'. Try ACL HELP.`,
  );
}
