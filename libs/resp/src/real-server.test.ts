/** A real server as the oracle: its replies, its words about wrong requests, its inline rules. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import fc from 'fast-check';
import RedisParser from 'redis-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplyDecoder, decodeReply } from './decode.ts';
import { encode, encodeReply } from './encode.ts';
import { encodeCommand } from './encode-command.ts';
import { ReplyFramer } from './reply-framer.ts';
import { ErrorReply, type Reply } from './reply.ts';
import { RequestFramer } from './request-framer.ts';
import {
  bytesOf,
  concat,
  cut,
  feedReplies,
  feedRequests,
  refusal,
  textOf,
} from './testing/feeding.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

/** All that the server says to these bytes, until it closes: it answers what it has, then sees our end. */
async function ask(bytes: Uint8Array, at = server): Promise<Uint8Array> {
  const socket = connect(at.port, at.host);
  const chunks: Uint8Array[] = [];
  socket.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  socket.on('error', () => undefined); // it may close before it has read all that we sent
  if (endsWithQuit(bytes)) socket.write(bytes);
  else socket.end(bytes);
  await once(socket, 'close');
  return concat(chunks);
}

/** What is long to answer must end with QUIT: at our end, the server drops what it has not sent yet. */
const QUIT = encodeCommand(['QUIT']);
const endsWithQuit = (bytes: Uint8Array): boolean =>
  textOf(bytes.subarray(-QUIT.length)) === textOf(QUIT);

const WRONG_NUMBER = "-ERR wrong number of arguments for 'echo' command\r\n";
const COMMANDS: readonly (readonly string[])[] = [
  ['FLUSHALL'],
  ['SET', 'text', 'value'],
  ['SET', 'binary', '\r\n\0é'],
  ['SET', 'long', 'x'.repeat(100_000)],
  ['GET', 'text'],
  ['GET', 'long'],
  ['GET', 'none'],
  ['MGET', 'text', 'none', 'binary'],
  ['INCRBY', 'counter', '9223372036854775807'],
  ['INCRBYFLOAT', 'float', '1.5'],
  ['STRLEN', 'long'],
  ['RPUSH', 'list', 'a', 'b', 'c'],
  ['LRANGE', 'list', '0', '-1'],
  ['LRANGE', 'none', '0', '-1'],
  ['LPOP', 'none', '2'],
  ['HSET', 'hash', 'f', 'v', 'g', ''],
  ['HGETALL', 'hash'],
  ['HRANDFIELD', 'hash', '2', 'WITHVALUES'],
  ['SADD', 'set', 'a', 'b'],
  ['SMEMBERS', 'set'],
  ['SMISMEMBER', 'set', 'a', 'z'],
  ['ZADD', 'zset', '1.5', 'a', '+inf', 'b', '-inf', 'c'],
  ['ZRANGE', 'zset', '0', '-1', 'WITHSCORES'],
  ['ZSCORE', 'zset', 'a'],
  ['ZMSCORE', 'zset', 'a', 'none'],
  ['ZPOPMIN', 'zset'],
  ['XADD', 'stream', '1-1', 'f', 'v'],
  ['XADD', 'stream', '2-1', 'f', 'v', 'g', 'w'],
  ['XRANGE', 'stream', '-', '+'],
  ['XREAD', 'COUNT', '1', 'STREAMS', 'stream', '0'],
  ['XGROUP', 'CREATE', 'stream', 'group', '0'],
  ['XREADGROUP', 'GROUP', 'group', 'one', 'STREAMS', 'stream', '>'],
  ['XPENDING', 'stream', 'group'],
  ['XINFO', 'STREAM', 'stream', 'FULL'],
  ['GEOADD', 'geo', '13.361389', '38.115556', 'Palermo'],
  ['GEOPOS', 'geo', 'Palermo', 'none'],
  ['SCAN', '0', 'COUNT', '100'],
  ['TYPE', 'list'],
  ['OBJECT', 'ENCODING', 'list'],
  ['COMMAND'],
  ['COMMAND', 'COUNT'],
  ['COMMAND', 'DOCS', 'GET', 'XADD'],
  ['COMMAND', 'INFO', 'GET', 'none'],
  ['COMMAND', 'GETKEYS', 'MSET', 'a', '1', 'b', '2'],
  ['INFO'],
  ['CLIENT', 'INFO'],
  ['CONFIG', 'GET', 'max*'],
  ['MEMORY', 'STATS'],
  ['ACL', 'LIST'],
  ['ROLE'],
  ['LPUSH', 'text', 'x'],
  ['NOSUCHCOMMAND', 'a'],
  ['GET'],
  ['EVAL', "return {1, 'a', {false, 'b'}, redis.error_reply('MY error')}", '0'],
  ['EVAL', 'return {double=3.14}', '0'],
  ['EVAL', 'redis.setresp(3); return {map={a=1}}', '0'],
  ['MULTI'],
  ['SET', 'text', 'y'],
  ['LPUSH', 'text', 'x'],
  ['EXEC'],
  ['SUBSCRIBE', 'channel'],
  ['QUIT'],
];
const TYPES3 = ['ATTRIB', 'STRING', 'INTEGER', 'DOUBLE', 'BIGNUM', 'NULL', 'ARRAY', 'SET', 'MAP'];
const COMMANDS3 = [
  ['HELLO', '3'],
  ...COMMANDS.slice(0, -2),
  ...[...TYPES3, 'TRUE', 'FALSE', 'VERBATIM', 'PUSH'].map((type) => ['DEBUG', 'PROTOCOL', type]),
  ['SUBSCRIBE', 'channel'],
  ['QUIT'],
];

describe('the replies of a real server', () => {
  const answers = (commands: readonly (readonly string[])[], at = server): Promise<Uint8Array> =>
    ask(concat(commands.map((args) => encodeCommand(args))), at);

  it('in RESP2 are framed one by one, and decoded as redis-parser does', async () => {
    const bytes = await answers(COMMANDS);
    const frames = feedReplies(new ReplyFramer(), [bytes.slice()]);
    expect(frames).toHaveLength(COMMANDS.length);
    expect(frames.map(({ frame }) => frame).join('')).toBe(textOf(bytes));

    const theirs: unknown[] = [];
    const parser = new RedisParser({
      returnReply: (reply) => theirs.push(reply),
      returnError: (error) => theirs.push(error.message),
      stringNumbers: true,
    });
    parser.execute(Buffer.from(bytes));
    expect(decodeAll(bytes).map(asParserDoes)).toEqual(theirs.map(asPlain));
  });

  it('in RESP3 are framed and decoded', async () => {
    await using debugServer = await startRedis({ args: ['--enable-debug-command', 'yes'] });
    const bytes = await answers(COMMANDS3, debugServer);
    const frames = feedReplies(new ReplyFramer(), [bytes.slice()]);
    expect(frames.map(({ frame }) => frame).join('')).toBe(textOf(bytes));
    // Each command has one reply; beside them stands the push of DEBUG PROTOCOL PUSH, if it has both.
    expect(frames.filter(({ type }) => type !== '>').length).toBeGreaterThanOrEqual(
      COMMANDS3.length - 2,
    );
    expect([...new Set(frames.map(({ type }) => type))].sort().join('')).toBe('#$%(*+,-:=>_~');
    expect(frames.some(({ frame }) => frame.startsWith('|'))).toBe(true);
    expect(decodeAll(bytes)).toHaveLength(frames.length);
  });

  it('are the same frames byte by byte', async () => {
    const bytes = await answers(COMMANDS3.filter(([name]) => name !== 'DEBUG'));
    const whole = feedReplies(new ReplyFramer(), [bytes.slice()]);
    expect(feedReplies(new ReplyFramer(), cut(bytes, [1]))).toEqual(whole);
  });

  it('are encoded again to the same bytes', async () => {
    const bytes = await answers(COMMANDS.filter(([name]) => name !== 'EXEC'));
    const again = decodeAll(bytes).map((reply) => encodeReply(reply, 2));
    expect(textOf(concat(again))).toBe(textOf(bytes).replaceAll('*-1\r\n', '$-1\r\n'));
  });

  it('say doubles, maps and the like in RESP2 as encodeReply does', async () => {
    const values = ['HGETALL hash', 'SMEMBERS set', 'ZSCORE zset a', 'CONFIG GET maxmemory*'];
    const setUp = 'DEL hash set zset\r\nHSET hash f v\r\nSADD set a\r\nZADD zset 1.5 a\r\n';
    const lines = values.map((line) => `${line}\r\n`).join('');
    const resp2 = decodeFrames(await ask(bytesOf(setUp + lines))).slice(4);
    const resp3 = decodeFrames(await ask(bytesOf(`HELLO 3\r\n${setUp}${lines}`))).slice(5);
    expect(resp3.map((frame) => textOf(encodeReply(decodeReply(frame), 2)))).toEqual(
      resp2.map((frame) => textOf(frame)),
    );
  });
});

describe('a real server and RequestFramer say the same about', () => {
  /** Our last word: what we would answer, or undefined if we go on waiting. */
  const ours = (bytes: Uint8Array): string | undefined => {
    const error = refusal(() => feedRequests(new RequestFramer(), [bytes.slice()]));
    return error && textOf(encode.errorReply(`ERR ${error.message}`));
  };
  const theirs = async (bytes: Uint8Array): Promise<string | undefined> => {
    const last = feedReplies(new ReplyFramer(), [await ask(bytes)]).at(-1)?.frame;
    return last?.startsWith('-ERR Protocol error') ? last : undefined;
  };

  it.each([
    '*x\r\n',
    '*\r\n',
    '*01\r\n',
    '*+1\r\n',
    '*-0\r\n',
    '*2147483647\r\n',
    '*2147483648\r\n',
    '*-9223372036854775808\r\n',
    '*-9223372036854775809\r\n',
    '*1\r\nfoo\r\n',
    '*1\r\n\r\n',
    '*1\r\n\x01\r\n',
    '*1\r\n*1\r\n',
    '*1\r\n$-1\r\n',
    '*1\r\n$\r\n',
    '*1\r\n$x\r\n',
    '*1\r\n$00\r\n',
    '*1\r\n$536870912\r\n',
    '*1\r\n$536870913\r\n',
    '*1\r\n$99999999999999999999999\r\n',
    'PING\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$-2\r\n',
    'ECHO "a\r\n',
    "ECHO 'a'b\r\n",
    '*1\r\n$4\r\nPI',
    '*0\r\n*-1\r\n\r\n\n  \r\n',
  ])('%j', async (text) => {
    expect(ours(bytesOf(text))).toBe(await theirs(bytesOf(text)));
  });

  it.each(['*1', '*1\r\n$1', '*1\r\n', '', 'PING\r\nx'])('%j and 70,000 digits', async (head) => {
    const bytes = bytesOf(head + '1'.repeat(70_000));
    expect(ours(bytes)).toContain('-ERR Protocol error: too big');
    expect(ours(bytes)).toBe(await theirs(bytes));
  });

  it('requests put together at random', async () => {
    const pieces = '* $ 1 2 10 -1 0 03 +1 PING $4 \r\n x a " \''.split(' ');
    const hostile = fc
      .array(fc.constantFrom(...pieces, '\r\n', '*1\r\n', '$1\r\na\r\n'), { maxLength: 14 })
      .map((parts) => bytesOf(parts.join('')));
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        const own = ours(bytes);
        fc.pre(own === undefined || !own.includes('CRLF')); // ours alone: see the framer's header
        expect(own).toBe(await theirs(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('the words of inline requests', async () => {
    const piece = fc.constantFrom(...'"\'\\ \t\v\rax\\x41\\n\\"é'.split(''), '\\x4a', '\\xg', ' "');
    const line = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(line, async (rest) => {
        const bytes = bytesOf(`ECHO ${rest}\n`);
        const wanted = ours(bytes);
        if (wanted !== undefined) {
          expect(await theirs(bytes)).toBe(wanted);
          return;
        }
        const [request] = feedRequests(new RequestFramer(), [bytes.slice()]);
        const [reply] = feedReplies(new ReplyFramer(), [await ask(bytes)]);
        const [, word, ...more] = request!.args;
        const isAnswered = word !== undefined && more.length === 0;
        const echo = isAnswered ? textOf(encode.bulk(bytesOf(word))) : WRONG_NUMBER;
        expect(reply!.frame).toBe(echo);
      }),
      { numRuns: 300 },
    );
  });
});

function decodeFrames(bytes: Uint8Array): Uint8Array[] {
  return feedReplies(new ReplyFramer(), [bytes.slice()]).map(({ frame }) => bytesOf(frame));
}

function decodeAll(bytes: Uint8Array): Reply[] {
  const decoder = new ReplyDecoder();
  decoder.push(bytes);
  const replies: Reply[] = [];
  for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) replies.push(reply);
  return replies;
}

function asParserDoes(reply: Reply): unknown {
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  if (reply instanceof ErrorReply) return reply.text;
  if (Array.isArray(reply)) return reply.map(asParserDoes);
  return reply !== null && typeof reply === 'object' && 'text' in reply ? reply.text : reply;
}

/** redis-parser leaves Error objects inside arrays. */
function asPlain(reply: unknown): unknown {
  if (reply instanceof Error) return reply.message;
  return Array.isArray(reply) ? reply.map(asPlain) : reply;
}
