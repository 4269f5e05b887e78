import { encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import { Client } from '../downstream/client.ts';
import { Burst } from '../session/burst.ts';
import { BlockedCommand } from '../session/blocked-command.ts';
import { NO_SINK, type ReplySink } from '../upstream/reply-sink.ts';
import type { SlowRequest } from '../upstream/slow-request.ts';
import { SlowLog } from './slow-log.ts';

/** Only who it is matters here. */
const like = <T extends object>(kind: { prototype: T }, fields: object): T =>
  Object.assign(Object.create(kind.prototype) as T, fields);
const client = like(Client, {
  connection: { remoteAddress: '1.2.3.4:5' },
  facts: { name: 'me' },
});
Object.assign(client, { owner: client });

function logOf({ slowerThan = 10_000, maxLen = 128 } = {}) {
  const now = { ms: 1000 };
  const counters = new Counters();
  const log = new SlowLog({
    slowlogLogSlowerThan: slowerThan,
    slowlogMaxLen: maxLen,
    monotonicMs: () => now.ms,
    wallMs: () => 1_700_000_000_999,
    counters,
  });
  return { log, now, counters };
}

function slow(words: string, over: Partial<SlowRequest> = {}): SlowRequest {
  const frame = Buffer.from(encodeCommand(words.split(' ')));
  const bytes = Buffer.concat([Buffer.from('..'), frame, Buffer.from('..')]);
  const times = { sinceUs: 900_000, sentUs: 920_000, readUs: 999_000 };
  const at = { bytes, start: 2, end: bytes.length - 2 };
  return { sink: client, token: 0, node: 'shard-0-0', ...at, ...times, ...over };
}

/** As a connection does. */
function tell(log: SlowLog, request: SlowRequest): void {
  if (log.hasRoom(request.readUs)) log.onSlow(request);
}

const words = (log: SlowLog): string[] =>
  log.newest(Infinity).map((entry) => entry.arguments.map(String).join(' '));
const sinkOf = (kind: { prototype: ReplySink }): ReplySink => like(kind, { owner: client });

describe('the slow log', () => {
  it('tells of a request who waited how long, and for what', () => {
    const { log, counters } = logOf();
    log.onSlow(slow('GET k'));
    expect(log.newest(1)).toEqual([
      {
        id: 0,
        atSeconds: 1_700_000_000,
        durationUs: 100_000,
        arguments: [Buffer.from('GET'), Buffer.from('k')],
        address: '1.2.3.4:5',
        clientName: 'me',
        node: 'shard-0-0',
        queuedUs: 20_000,
        remoteUs: 79_000,
        proxyUs: 1000,
      },
    ]);
    expect(counters.slowRequests).toBe(1);
  });

  it('splits the whole time, whatever is known of it', () => {
    const { log, now } = logOf({ slowerThan: 0 });
    const WRAPS = 2 ** 31;
    // What was taken up before microseconds wrap is answered behind that.
    now.ms = (WRAPS + 1000) / 1000;
    const spans = [
      { sinceUs: WRAPS - 1000, sentUs: WRAPS - 500, readUs: 500 - WRAPS },
      { sinceUs: WRAPS - 1000, sentUs: 500 - WRAPS, readUs: 500 - WRAPS },
      { sinceUs: WRAPS - 1000, sentUs: WRAPS - 1000, readUs: 1000 - WRAPS },
    ];
    for (const span of spans) log.onSlow(slow('GET k', span));
    const splits = log.newest(3).map(({ durationUs, queuedUs, remoteUs, proxyUs }) => {
      return [durationUs, queuedUs, remoteUs, proxyUs];
    });
    expect(splits.reverse()).toEqual([
      [2000, 500, 1000, 500],
      [2000, 1500, 0, 500],
      [2000, 0, 2000, 0],
    ]);
  });

  it('keeps the newest, and counts on when it is emptied', () => {
    const { log, now } = logOf({ maxLen: 3 });
    const add = (key: number): void => {
      now.ms += 1000;
      tell(log, slow(`GET ${key}`, { readUs: now.ms * 1000 }));
    };
    [0, 1, 2, 3, 4].forEach(add);
    expect(words(log)).toEqual(['GET 4', 'GET 3', 'GET 2']);
    expect(log.newest(1).map(({ id }) => id)).toEqual([4]);
    log.setMaxLen(2);
    expect(words(log)).toEqual(['GET 4', 'GET 3']);
    log.reset();
    expect(log.length).toBe(0);
    add(5);
    expect(log.newest(1).map(({ id }) => id)).toEqual([5]);
    log.setMaxLen(0);
    add(6);
    expect(log.length).toBe(0);
  });

  it('looks at no more in a second than it keeps, and counts all', () => {
    const { log, counters } = logOf({ maxLen: 3 });
    for (let i = 0; i < 100; i++) tell(log, slow(`GET ${i}`, { readUs: 1_900_000 + i }));
    expect(words(log)).toEqual(['GET 2', 'GET 1', 'GET 0']);
    tell(log, slow('GET next', { readUs: 2_000_000 }));
    expect(words(log)).toEqual(['GET next', 'GET 2', 'GET 1']);
    expect(counters.slowRequests).toBe(101);
  });

  it('has room again when it was emptied', () => {
    const { log } = logOf({ maxLen: 1 });
    for (const key of ['a', 'b']) tell(log, slow(`GET ${key}`));
    log.reset();
    tell(log, slow('GET c'));
    expect(words(log)).toEqual(['GET c']);
  });

  it.each<[string, string, ReplySink]>([
    ['what nobody waits for', 'PING', NO_SINK],
    ['what wants to wait', 'BLPOP k 0', sinkOf(BlockedCommand)],
    ['what goes before EXEC', 'GET k', sinkOf(Burst)],
    ['keys of the platform', 'EXISTS __keyfleet:stamp', client],
  ])('leaves out %s', (_what, request, sink) => {
    const { log } = logOf();
    log.onSlow(slow(request, { sink }));
    expect(words(log)).toEqual([]);
  });

  it.each<[string, ReplySink]>([
    ['EXEC', sinkOf(Burst)],
    ['BLPOP k 0', client],
  ])('has %s of a client that waits for it', (request, sink) => {
    const { log } = logOf();
    log.onSlow(slow(request, { sink }));
    expect(words(log)).toEqual([request]);
  });

  it.each([
    [-1, 2 ** 31],
    [0, 0],
    [10_000, 10_000],
    [2 ** 40, 2 ** 31],
  ])('with slowlog-log-slower-than %d hears of %d microseconds and more', (us, want) => {
    const { log } = logOf({ slowerThan: us });
    expect(log.thresholdUs).toBe(want);
    log.setSlowerThan(5000);
    expect(log.thresholdUs).toBe(5000);
  });
});
