/** The texts are those of redis-server 7.0 with `requirepass`. */
import { RequestFramer } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import type { Users } from './account.ts';
import { answerGuest } from './answer-guest.ts';

const users: Users = {
  has: (name) => name === 'app',
  find: (name, password) =>
    (name === 'app' || name === 'default') && password === 'secret'
      ? { name, cluster: 'orders' }
      : null,
};

function answer(line: string): string {
  const request = new RequestFramer();
  request.push(Buffer.from(`${line}\r\n`));
  request.next();
  const given = answerGuest(request, users);
  if (given.kind === 'enter') return `enter ${given.user.name}@${given.user.cluster}`;
  return given.kind === 'cut' ? 'cut' : `${given.kind} ${Buffer.from(given.reply).toString()}`;
}

const HELLO_NOAUTH = /^reply -NOAUTH HELLO must be called with the client already authenticated/;

describe('one who has not said who he is', () => {
  it.each<[string, string | RegExp]>([
    ['GET k', 'reply -NOAUTH Authentication required.\r\n'],
    ['PING', 'reply -NOAUTH Authentication required.\r\n'],
    ['CLIENT ID', 'reply -NOAUTH Authentication required.\r\n'],
    ['GET', "reply -ERR wrong number of arguments for 'get' command\r\n"],
    ['NOPE x', /^reply -ERR unknown command 'NOPE', with args beginning with: 'x'/],
    ['CLIENT NOPE', /^reply -ERR unknown subcommand 'NOPE'/],
    ['AUTH app secret', 'enter app@orders'],
    ['auth secret', 'enter default@orders'],
    ['AUTH app wrong', /^reply -WRONGPASS /],
    ['AUTH nobody secret', /^reply -WRONGPASS /],
    ['AUTH app secret more', 'reply -ERR syntax error\r\n'],
    ['AUTH', "reply -ERR wrong number of arguments for 'auth' command\r\n"],
    ['HELLO', HELLO_NOAUTH],
    ['HELLO 3', HELLO_NOAUTH],
    ['HELLO 3 SETNAME me', HELLO_NOAUTH],
    ['HELLO 3 AUTH app secret', 'enter app@orders'],
    ['HELLO 2 SETNAME me AUTH app secret', 'enter app@orders'],
    ['HELLO 3 AUTH app wrong', /^reply -WRONGPASS /],
    ['HELLO 4 AUTH app secret', 'reply -NOPROTO unsupported protocol version\r\n'],
    ['HELLO 3 AUTH app', "reply -ERR Syntax error in HELLO option 'AUTH'\r\n"],
    ['RESET', 'reply +RESET\r\n'],
    ['QUIT', 'leave +OK\r\n'],
    ['POST /', 'cut'],
  ])('%s', (line, want) => {
    expect(answer(line)).toEqual(typeof want === 'string' ? want : expect.stringMatching(want));
  });
});
