import { describe, expect, it } from 'vitest';
import { Patience } from './patience.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

const busyWatch = { isCalm: true, isAsking: false, heardMs: -Infinity };

type Over = {
  busy?: Partial<typeof busyWatch>;
  connection?: object;
  isShared?: boolean;
  looksMs?: number;
};

/** What is done to a connection that is looked at, every 50 ms, from 0 to `untilMs`. */
function done(untilMs: number, over: Over): (string | undefined)[] {
  const busy = { ...busyWatch, ...over.busy };
  const limits = { opTimeoutMs: 5000, silenceMs: 10_000 };
  const env = { busy, limits, upstreamLimits: { connectTimeoutMs: 4000 } };
  const patience = new Patience(env);
  let [timedOut, failed]: (string | undefined)[] = [];
  const connection = {
    ...{ state: 'ready', pendingCount: 1, headSinceMs: 0, lastUsedMs: 0 },
    timeOut: (us: number) => (timedOut = `what is older than ${us / 1000} ms`),
    fail: (because: string) => (failed = because),
    ...over.connection,
  } as unknown as UpstreamConnection;
  for (let nowMs = 0; nowMs <= untilMs; nowMs += over.looksMs ?? 50) {
    patience.look(nowMs);
    patience.check(connection, over.isShared ?? true, nowMs);
  }
  return [timedOut, failed];
}

const OLD = 'what is older than 5000 ms';
type Case = [name: string, untilMs: number, over: Over, told: (string | undefined)[]];

const cases: Case[] = [
  ['has its requests timed out', 5000, {}, [OLD, undefined]],
  ['is taken for dead after a while', 10_000, {}, [OLD, 'no reply for 10000 ms']],
  ['is left alone when nothing is pending', 20_000, { connection: { pendingCount: 0 } }, [undefined, undefined]],
  ['is waited for by one client alone', 9950, { isShared: false }, [undefined, undefined]],
  ['may be about to say that it is busy', 5250, { busy: { isAsking: true } }, ['what is older than 5250 ms', undefined]],
  ['is waited for while it runs a script', 9950, { busy: { isCalm: false } }, [undefined, undefined]],
  ['is waited for anew when it said that it is busy', 9950, { busy: { heardMs: 5000 } }, [undefined, undefined]],
  ['is not judged by a process that stood still', 9000, { looksMs: 3000 }, [undefined, undefined]],
  ['is given up if it proves nothing', 8000, { connection: { state: 'checking' } }, [undefined, 'no answer in 8000 ms']],
]; // prettier-ignore

describe('a server that is silent', () => {
  it.each(cases)('%s', (_name, ...[untilMs, over, told]) => {
    expect(done(untilMs, over)).toEqual(told);
  });
});
