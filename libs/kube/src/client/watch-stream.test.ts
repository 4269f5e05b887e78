import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KubeError } from './kube-error.ts';
import { eventsOf, type WatchEvent } from './watch-stream.ts';

const events: WatchEvent[] = ['ä', '\u{1f511}', 'plain'].map((name) => ({
  type: 'ADDED',
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, resourceVersion: '1' } },
}));
const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
}

async function read(...parts: Uint8Array[]): Promise<WatchEvent[]> {
  const found: WatchEvent[] = [];
  for await (const event of eventsOf(chunks(...parts), 'watch Pod')) found.push(event);
  return found;
}

describe('eventsOf', () => {
  it('finds the same events wherever the bytes are cut', async () => {
    const cuts = fc.uniqueArray(fc.nat(bytes.length)).map((at) => at.sort((a, b) => a - b));
    const check = async (at: number[]): Promise<void> => {
      const ends = [...at, bytes.length];
      const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(await read(...parts)).toEqual(events);
    };
    await fc.assert(fc.asyncProperty(cuts, check));
  });

  it('leaves out what was cut off', async () => {
    expect(await read(bytes.subarray(0, -1))).toEqual(events.slice(0, -1));
  });

  it.each([
    ['{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"old"}}\n', 'GONE'],
    ['{"type":"ERROR","object":{}}\n', 'OTHER'],
    ['<html>\n', 'UNREACHABLE'],
    ['{}\n', 'UNREACHABLE'],
    ['{"type":"ADDED","object":{}}\n', 'UNREACHABLE'],
  ])('throws for %j', async (line, code) => {
    const reading = read(bytes, Buffer.from(line));
    await expect(reading).rejects.toBeInstanceOf(KubeError);
    await expect(reading).rejects.toMatchObject({ code });
  });

  it('does not take an event of any length', async () => {
    const part = Buffer.alloc(1024 * 1024, 'x');
    const reading = read(...Array.from({ length: 9 }, () => part));
    await expect(reading).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
