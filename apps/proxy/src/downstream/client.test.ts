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
  const connection: Connection = {
    remoteAddress: 'test:1',
    unsentBytes: 0,
    write: (bytes, start, end) =>
      void events.push(Buffer.from(bytes.subarray(start, end)).toString()),
    pause: () => undefined,
    resume: () => undefined,
    end: () => void events.push('end'),
    destroy: () => void events.push('destroy'),
  };
  const client = new Client(1, connection, {
    turn: new Turn((run) => turns.push(run)),
    blocks: { small: new BlockPool(64, 4), large: new BlockPool(256, 4) },
    largeBlocks: new LargeBlocks(16_384, 0),
    limits: { pendingMax: 8, outputBytesMax: 1000, inputBytesMax: 1000, requestBytesMax: 1000 },
    dispatch,
    onClosed: () => undefined,
    noteRead: () => undefined,
  });
  const say = (text: string) => client.onData(Buffer.from(text), text.length);
  const endTurns = () => {
    while (turns.length > 0) turns.shift()!();
  };
  return { client, events, say, endTurns };
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
