import { classOf, receiverOf, tracked, withNoTouch } from './connection-class.ts';
import { encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { IdentityCheck, type Identity } from './identity-check.ts';
import { traitsOf } from './upstream-kind.ts';

const identity: Identity = {
  shard: 'shard-0',
  node: 'shard-0-0',
  host: '127.0.0.1',
  port: 6379,
  runId: 'abc',
  role: 'master',
  connectionClass: classOf(2, 0),
};
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const master = '*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n';
const info = bulk('redis_version:8.0.1\r\nrun_id:abc\r\n');

/** What the check says of each answer in turn. */
function outcomes(password: string | null, ...answers: string[]): string[] {
  const check = new IdentityCheck(identity, of(password), life);
  return answers.map((answer) => check.onReply(Buffer.from(answer), 0, answer.length));
}

const life = traitsOf('topology');
const of = (password: string | null) => (password === null ? null : { user: '', password });

describe('IdentityCheck', () => {
  it.each<[string, Partial<Identity>, string | null, string[][]]>([
    ['no password', {}, null, []],
    ['a password, before anything else', {}, 'pw', [['AUTH', 'pw']]],
    [
      'RESP3 behind it',
      { connectionClass: classOf(3, 0) },
      'pw',
      [
        ['AUTH', 'pw'],
        ['HELLO', '3'],
      ],
    ],
  ])('asks with %s', (_name, over, password, first) => {
    const rest = [['CLIENT', 'SETNAME', 'keyfleet-proxy'], ['ROLE'], ['INFO', 'server']];
    const wanted = Buffer.concat([...first, ...rest].map((command) => encodeCommand(command)));
    const check = new IdentityCheck({ ...identity, ...over }, of(password), life);
    expect(Buffer.from(check.request())).toEqual(wanted);
  });

  it('has the server touch nothing, if it can', () => {
    const connectionClass = withNoTouch(classOf(2, 0), true);
    const check = new IdentityCheck({ ...identity, connectionClass }, null, life);
    expect(Buffer.from(check.request()).toString()).toContain('NO-TOUCH\r\n$2\r\nON\r\n');
    const unknown = "-ERR unknown subcommand 'NO-TOUCH'. Try CLIENT HELP.\r\n";
    const said = ['+OK\r\n', unknown, master, info].map((answer) =>
      check.onReply(Buffer.from(answer), 0, answer.length),
    );
    expect(said).toEqual(['more', 'more', 'more', 'same']);
  });

  it('asks a server that runs a script again, and hears of faults all the same', () => {
    const busy = '-BUSY Redis is busy running a script.\r\n';
    const check = new IdentityCheck(identity, of('pw'), life);
    const hear = (...answers: string[]): string[] =>
      answers.map((answer) => check.onReply(Buffer.from(answer), 0, answer.length));
    check.request();
    expect(hear('+OK\r\n', busy, busy, busy)).toEqual(['more', 'more', 'more', 'busy']);
    expect(Buffer.from(check.busyError!).toString()).toBe(busy);
    check.request();
    // It began, or ended, between two of the answers.
    expect(hear('+OK\r\n', '+OK\r\n', busy, info).at(-1)).toBe('busy');
    check.request();
    expect(hear('+OK\r\n', '+OK\r\n', master, info).at(-1)).toBe('same');
    check.request();
    expect(hear('-WRONGPASS\r\n')).toEqual(['shard-0-0 answered AUTH with "WRONGPASS"']);
  });

  it('has the server track what is read, before anybody reads', () => {
    const connectionClass = tracked(classOf(2, 0), { isBroadcast: false, ownId: null });
    const check = new IdentityCheck({ ...identity, connectionClass, receiverId: 7 }, null, life);
    const asked = Buffer.from(check.request()).toString();
    const request = Buffer.from(encodeCommand(['CLIENT', 'TRACKING', 'ON', 'REDIRECT', '7']));
    expect(asked).toContain(request.toString());
    expect(asked.endsWith('server\r\n')).toBe(true);
  });

  it('learns the id of a receiver', () => {
    const of = tracked(classOf(2, 0), { isBroadcast: false, ownId: null });
    const connectionClass = receiverOf(of)!;
    const check = new IdentityCheck({ ...identity, connectionClass }, null, life);
    const hello = '%1\r\n$5\r\nproto\r\n:3\r\n';
    const answers = [hello, '+OK\r\n', ':42\r\n', master, info];
    const last = answers.map((answer) => check.onReply(Buffer.from(answer), 0, answer.length));
    expect([last.at(-1), check.clientId]).toEqual(['same', 42]);
  });

  it('is sure of the server with the last answer, not before', () => {
    const answers = ['+OK\r\n', master, info];
    expect(outcomes(null, ...answers)).toEqual(['more', 'more', 'same']);
    expect(outcomes('pw', '+OK\r\n', ...answers)).toEqual(['more', 'more', 'more', 'same']);
  });

  it.each([
    ['+OK\r\n', '*1\r\n$5\r\nslave\r\n', 'shard-0-0 is a slave, want a master'],
    ['+OK\r\n', '-LOADING x\r\n', 'shard-0-0 answered ROLE with "LOADING x"'],
    [
      '-NOAUTH Authentication required.\r\n',
      '',
      'shard-0-0 answered CLIENT with "NOAUTH Authentication required."',
    ],
  ])('says what is wrong: %j %j', (first, second, want) => {
    const answers = [first, second].filter((answer) => answer !== '');
    expect(outcomes(null, ...answers).at(-1)).toBe(want);
  });

  it('never tells the password, whatever the server repeats of it', () => {
    const [outcome] = outcomes('s3cret', "-ERR unknown command 'AUTH', with args: 's3cret' \r\n");
    expect(outcome).toBe(
      `shard-0-0 answered AUTH with "ERR unknown command 'AUTH', with args: '(password)'"`,
    );
  });
});
