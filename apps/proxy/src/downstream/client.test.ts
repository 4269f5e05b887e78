import { MODE } from './mode.ts';
import { describe, expect, it } from 'vitest';
import { OK, PONG } from '../route/replies.ts';
import { BlockPool } from '../transport/blocks.ts';
import { LargeBlocks } from '../transport/large-blocks.ts';
import type { Connection } from '../transport/transport.ts';
import { Turn } from '../turn.ts';
import { Client } from './client.ts';

/** A client whose requests `dispatch` takes, over a connection that writes down what happens to it. */
function clientOf(dispatch: (client: Client) => void) {
  const events: string[] = [];
  const turns: (() => void)[] = [];
  const kernel = { isFull: false, unsentBytes: 0 };
  const connection: Connection = {
    remoteAddress: 'test:1',
    localAddress: 'test:2',
    descriptor: -1,
    get unsentBytes() {
      return kernel.unsentBytes;
    },
    write: (bytes, start, end) => {
      events.push(Buffer.from(bytes.subarray(start, end)).toString());
      if (kernel.isFull) kernel.unsentBytes += end - start;
    },
    pause: () => void events.push('pause'),
    resume: () => void events.push('resume'),
    end: () => void events.push('end'),
    destroy: () => void events.push('destroy'),
  };
  const client = new Client(1, connection, {
    turn: new Turn(
      (run) => turns.push(run),
      () => 0,
    ),
    blocks: { small: new BlockPool(64, 4), large: new BlockPool(256, 4) },
    largeBlocks: new LargeBlocks(16_384, 0),
    limits: { pendingMax: 8, outputBytesMax: 1000, inputBytesMax: 100, requestBytesMax: 1000 },
    dispatch,
    onUnserved: () => undefined,
    onClosed: () => undefined,
    recent: { nowMs: 0 },
    noteRead: () => undefined,
  });
  const say = (text: string) => client.onData(Buffer.from(text), text.length);
  const endTurns = () => {
    while (turns.length > 0) turns.shift()!();
  };
  return { client, kernel, events, say, endTurns };
}

describe('a client that shuts down its side', () => {
  it('is answered what it asked, also when it was just about to go on', () => {
    const tokens: number[] = [];
    const { client, events, say, endTurns } = clientOf((of) => {
      if (tokens.length === 0) tokens.push(of.reserve());
      else if (of.isQuietOrWaits()) of.answer(PONG);
    });
    say('GET\r\nHELLO\r\nPING\r\n');
    client.onReply(tokens[0]!, OK, 0, OK.length);
    client.onEnd();
    endTurns();
    expect(events).toEqual(['+OK\r\n', '+PONG\r\n+PONG\r\n', 'end']);
  });
});

describe('a client that is shed', () => {
  it.each([
    ['is told why', false, ['-ERR full\r\n', 'end']],
    ['is not waited for when it does not take that', true, ['-ERR full\r\n', 'destroy']],
  ])('%s', (_what, isFull, want) => {
    const { client, kernel, events } = clientOf(() => undefined);
    kernel.isFull = isFull;
    client.shed('full');
    expect(events).toEqual(want);
  });

  it('is told nothing in the middle of a reply', () => {
    const { client, events, say } = clientOf((of) => of.reserve());
    say('GET\r\n');
    const part = Buffer.from('$5\r\nab');
    client.onPart(0, part, 0, part.length);
    client.shed('full');
    expect(events).toEqual(['$5\r\nab', 'destroy']);
  });
});

describe('a push', () => {
  const push = Buffer.from('>1\r\n+hi\r\n');

  it('goes behind the replies that were passed on', () => {
    const { client, events, say, endTurns } = clientOf((of) => of.answer(PONG));
    say('PING\r\n');
    client.push(push);
    endTurns();
    expect(events).toEqual(['+PONG\r\n>1\r\n+hi\r\n']);
  });

  it('waits for the end of a reply that comes in parts', () => {
    const { client, events, say, endTurns } = clientOf((of) => of.reserve());
    say('GET\r\n');
    const parts = ['$5\r\nab', 'cde\r\n'].map((text) => Buffer.from(text));
    client.onPart(0, parts[0]!, 0, parts[0]!.length);
    client.push(push);
    endTurns();
    client.onPart(0, parts[1]!, 0, parts[1]!.length);
    endTurns();
    client.onPartsEnd(0, true, 11);
    endTurns();
    expect(events).toEqual(['$5\r\nab', 'cde\r\n', '>1\r\n+hi\r\n']);
  });
});

describe('a push while replies are pending', () => {
  const push = Buffer.from('>1\r\n+hi\r\n');

  it('comes behind those, not behind what is asked later', () => {
    const { client, events, say, endTurns } = clientOf((of) => of.reserve());
    say('GET\r\nGET\r\n');
    client.push(push);
    say('GET\r\n');
    for (const token of [0, 1, 3]) client.onReply(token, OK, 0, OK.length);
    endTurns();
    expect(events.join('')).toBe('+OK\r\n+OK\r\n>1\r\n+hi\r\n+OK\r\n');
  });

  it('does not wait for a command that may take long', () => {
    const { client, events, say, endTurns } = clientOf((of) => {
      of.reserve();
      of.stayAlone();
    });
    say('BLPOP\r\n');
    client.push(push);
    endTurns();
    client.onReply(0, OK, 0, OK.length);
    endTurns();
    expect(events.join('')).toBe('>1\r\n+hi\r\n+OK\r\n');
  });

  it('does not overtake one that waits already', () => {
    const { client, events, say, endTurns } = clientOf((of) => {
      of.reserve();
      if (of.pendingCount === 3) of.stayAlone();
    });
    const other = Buffer.from('>1\r\n+ho\r\n');
    say('GET\r\n');
    client.push(push);
    say('DBSIZE\r\n');
    client.push(other);
    for (const token of [2, 0]) client.onReply(token, OK, 0, OK.length);
    endTurns();
    expect(events.join('')).toBe('+OK\r\n>1\r\n+hi\r\n+OK\r\n>1\r\n+ho\r\n');
  });

  it('does not wait for a subscription that is not in force yet', () => {
    const { client, events, say, endTurns } = clientOf((of) => of.reserve());
    say('SUBSCRIBE\r\n');
    client.mode = MODE.confirming;
    client.push(push);
    endTurns();
    expect(events).toEqual(['>1\r\n+hi\r\n']);
  });
});

it('a client that stays alone has its next request looked at when all are answered', () => {
  const names: string[] = [];
  const { client, events, say, endTurns } = clientOf((of) => {
    names.push(Buffer.from(of.request.bytes.subarray(of.request.start, of.request.end)).toString());
    of.reserve();
    if (names.length === 2) of.stayAlone();
  });
  say('GET\r\nBLPOP\r\nPING\r\n');
  endTurns();
  expect(names).toHaveLength(2);
  client.onReply(0, OK, 0, OK.length);
  endTurns();
  expect(names).toHaveLength(2);
  client.onReply(1, OK, 0, OK.length);
  endTurns();
  expect(names).toHaveLength(3);
  expect(events.join('')).toBe('+OK\r\n+OK\r\n');
});

describe('a client that pipelines behind a command that waits', () => {
  it.each([
    ['is not read above the mark', MODE.plain, 100, ['pause']],
    ['is read on where that may wait for ever, to hear that it leaves', MODE.blocked, 900, []],
    ['and is cut off above the bytes of a request', MODE.blocked, 1000, ['destroy']],
  ])('%s', (_what, mode, bytes, want) => {
    const { client, events, say } = clientOf((of) => {
      of.reserve();
      of.mode |= mode;
      of.stayAlone();
    });
    say('BLPOP\r\n');
    say('x'.repeat(bytes));
    expect(events).toEqual(want);
    expect(client.pendingCount).toBe(1);
  });
});

it('a client that was not read before it blocks is read again then', () => {
  const { client, events, say, endTurns } = clientOf((of) => {
    if (of.reserve() > 0) of.mode |= MODE.blocked;
    of.stayAlone();
  });
  say('GET\r\n');
  say(`BLPOP\r\n${'x'.repeat(100)}`);
  client.onReply(0, OK, 0, OK.length);
  endTurns();
  expect(events).toEqual(['pause', '+OK\r\n', 'resume']);
});
