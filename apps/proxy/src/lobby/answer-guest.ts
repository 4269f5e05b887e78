/** What one is answered who has not said who he is. */
import { findCommand } from '@keyfleet/commands';
import { encode, type RequestView } from '@keyfleet/resp';
import { hasValidArity } from '@keyfleet/commands';
import { parseHello } from '../local/hello.ts';
import { argumentText } from '../route/argument-text.ts';
import {
  isCrossProtocol,
  unknownCommand,
  unknownSubcommand,
  wrongArity,
} from '../route/refusals.ts';
import { OK } from '../route/replies.ts';
import type { User, Users } from './account.ts';
import {
  NO_AUTH,
  NO_AUTH_HELLO,
  parseAuth,
  WRONG_PASSWORD,
  type Credentials,
} from './credentials.ts';

export type GuestAnswer =
  | { readonly kind: 'reply'; readonly reply: Uint8Array }
  /** The last reply. */
  | { readonly kind: 'leave'; readonly reply: Uint8Array }
  /** It is no client of Redis. */
  | { readonly kind: 'cut' }
  /** The request is for the data path of that user's cluster to answer. */
  | { readonly kind: 'enter'; readonly user: User };

const RESET = encode.simpleString('RESET');

export function answerGuest(request: RequestView, users: Users): GuestAnswer {
  const command = findCommand(request);
  if (command === undefined)
    return isCrossProtocol(request) ? { kind: 'cut' } : reply(unknownCommand(request));
  if (command.subcommands.length > 0 && request.count > 1)
    return reply(unknownSubcommand(command, request));
  if (!hasValidArity(command, request.count)) return reply(wrongArity(command));
  switch (command.name) {
    case 'auth':
      return enter(parseAuth(valuesOf(request)), users);
    case 'hello':
      return hello(request, users);
    case 'quit':
      return { kind: 'leave', reply: OK };
    case 'reset':
      return reply(RESET);
    default:
      return reply(NO_AUTH);
  }
}

function hello(request: RequestView, users: Users): GuestAnswer {
  const parsed = parseHello(valuesOf(request));
  if (parsed instanceof Uint8Array) return reply(parsed);
  return enter(parsed.credentials ?? NO_AUTH_HELLO, users);
}

function enter(said: Credentials | Uint8Array, users: Users): GuestAnswer {
  if (said instanceof Uint8Array) return reply(said);
  const user = users.find(said.name, said.password);
  return user === null ? reply(WRONG_PASSWORD) : { kind: 'enter', user };
}

function valuesOf(request: RequestView): string[] {
  return Array.from({ length: request.count - 1 }, (_, index) => argumentText(request, index + 1));
}

function reply(bytes: Uint8Array): GuestAnswer {
  return { kind: 'reply', reply: bytes };
}
