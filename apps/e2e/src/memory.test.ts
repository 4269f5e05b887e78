/** However much is asked at once, and however little is read: the proxy's memory has a bound. */
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { usePlatform, type Platform } from './platform.ts';
import { PeakMemory } from './process-memory.ts';
import { run } from './program.ts';
import { RawClient, serverOf, type Server } from './raw-client.ts';

const MEGABYTES_MAX = 200;
const SETS = 1_000_000;
const CHUNK = 10_000;
const SILENCE_MS = 5_000;

const platform = usePlatform();

describe.runIf(existsSync('/proc/self/clear_refs'))('the memory of the proxy stays under', () => {
  it(
    '200 MB when redis-cli --pipe sends 1,000,000 SETs',
    { timeout: 120_000 },
    async ({ annotate }) => {
      const peak = await watchMemory(platform.current);
      const args = ['-p', String(platform.current.port), '--pipe'];
      const outcome = await run('redis-cli', args, { timeoutMs: 100_000, input: manySets() });
      expect(outcome.output).toContain(`errors: 0, replies: ${SETS}`);
      expect(outcome.exitCode).toBe(0);
      expect(await countKeys(platform.current)).toBe(SETS);
      await annotate(`peak ${peak.megabytes.toFixed()} MB`);
      expect(peak.megabytes).toBeLessThan(MEGABYTES_MAX);
    },
  );

  it.for([
    { requests: 1_000_000, valueBytes: 1024, megabytesMax: MEGABYTES_MAX },
    // Before it has seen the first replies, the proxy cannot know how many of them are too many.
    { requests: 60_000, valueBytes: 16 * 1024, megabytesMax: 300 },
    { requests: 1000, valueBytes: 1024 * 1024, megabytesMax: 300 },
  ])(
    '$megabytesMax MB when a client sends $requests GETs of $valueBytes bytes and reads nothing for 5 s',
    { timeout: 120_000 },
    async ({ requests, valueBytes, megabytesMax }, { annotate }) => {
      const commands = await writeValues(platform.current, valueBytes);
      const peak = await watchMemory(platform.current);
      const bytes = await readLate(platform.current, commands, requests);
      await annotate(
        `peak ${peak.megabytes.toFixed()} MB, ${(bytes / 1e6).toFixed()} MB of replies`,
      );
      expect(peak.megabytes).toBeLessThan(megabytesMax);
    },
  );
});

async function watchMemory(of: Platform): Promise<PeakMemory> {
  const { proxies } = await of.status();
  return PeakMemory.start(proxies[0]!.pid);
}

function* manySets(): Generator<Uint8Array> {
  for (let at = 0; at < SETS; at += CHUNK) {
    const chunk = Array.from({ length: CHUNK }, (_, i) =>
      encodeCommand(['SET', `pipe:${at + i}`, `value of ${at + i}`]),
    );
    yield Buffer.concat(chunk);
  }
}

async function countKeys(of: Platform): Promise<number> {
  const { shards } = await of.status();
  const sizes = shards.map(async ({ primary }) => {
    using server = await RawClient.connect(serverOf(primary!.address));
    // Not DBSIZE, which counts the reserved keys too.
    const keys = (await server.call('KEYS', 'pipe:*')) as string[];
    return keys.length;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

type Cycle = { readonly requests: Buffer; readonly replies: Buffer; readonly count: number };

/** Keys over all shards with a value each, and the requests and replies of one round through all of them. */
async function writeValues(server: Server, valueBytes: number): Promise<Cycle> {
  using client = await RawClient.connect(server);
  const keys = Array.from({ length: 100 }, (_, i) => `late:${i}`);
  const values = keys.map((key) => `${key} `.repeat(valueBytes / 4).slice(0, valueBytes));
  await client.pipeline(keys.map((key, i) => ['SET', key, values[i]!]));
  return {
    requests: Buffer.concat(keys.map((key) => encodeCommand(['GET', key]))),
    replies: Buffer.from(values.map((value) => `$${valueBytes}\r\n${value}\r\n`).join('')),
    count: keys.length,
  };
}

/** Sends all requests, reads only later, checks every byte; gives their number. */
async function readLate(server: Server, cycle: Cycle, requests: number): Promise<number> {
  const rounds = requests / cycle.count;
  const expected = rounds * cycle.replies.length;
  const socket = connect({ ...server });
  await once(socket, 'connect');
  socket.pause();
  const writing = writeRounds(socket, cycle.requests, rounds);
  await delay(SILENCE_MS);

  let received = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`Cannot read on: closed after ${received} bytes`)));
    socket.on('data', (chunk: Buffer) => {
      if (!isNext(chunk, received, cycle.replies))
        reject(new Error(`Cannot accept the replies behind ${received}: ${textIn(chunk)}`));
      received += chunk.length;
      if (received >= expected) resolve();
    });
    socket.resume();
  }).finally(() => socket.destroy());
  await writing;
  expect(received).toBe(expected);
  return received;
}

async function writeRounds(socket: Socket, round: Buffer, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    if (!socket.write(round)) await once(socket, 'drain');
  }
}

function isNext(chunk: Buffer, position: number, cycle: Buffer): boolean {
  let at = position % cycle.length;
  for (let start = 0; start < chunk.length;) {
    const length = Math.min(chunk.length - start, cycle.length - at);
    if (cycle.compare(chunk, start, start + length, at, at + length) !== 0) return false;
    start += length;
    at = 0;
  }
  return true;
}

/** An error that stands where a value was wanted, such as a lease that lapsed on a busy machine. */
function textIn(chunk: Buffer): string {
  const text = chunk.toString('latin1');
  return /-[A-Z]+ [^\r]{1,200}/.exec(text)?.[0] ?? text.slice(0, 200);
}
