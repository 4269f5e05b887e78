import { expect, it } from 'vitest';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { Teller } from './teller.ts';
import { Tracker } from './tracker.ts';

const off = { isBroadcast: true, isOptIn: false, isOptOut: false, isNoloop: false };

/** One whose client waits for a reply, and another client that is told instead. */
function redirected(mode: number) {
  const told: string[] = [];
  const push = (bytes: Uint8Array): void => void told.push(Buffer.from(bytes).toString());
  const places = { head: 0, tail: 1 };
  const client = { mode, places, pendingCount: 1, respVersion: 2 } as unknown as Client;
  const tracker = new Tracker(client, { ...off, redirect: 1, prefixes: [''] });
  tracker.redirect = { mode: MODE.subscribed, respVersion: 2, push } as unknown as Client;
  const wakes: (() => void)[] = [];
  const sleep = (): Promise<void> => new Promise((resolve) => void wakes.push(resolve));
  const teller = new Teller({ sleep, noteRead: () => undefined, unreadBytesMax: 1e6 });
  const release = async (): Promise<void> => {
    places.head = 1;
    wakes.shift()!();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { told, teller, tracker, release };
}

it('tells another connection at once while a blocking command is all that a client waits for', () => {
  const { told, teller, tracker } = redirected(MODE.blocked);
  teller.tellKeys(tracker, ['a']);
  expect(told).toHaveLength(1);
});

it('tells that all keys changed where more than a thousand changes wait', async () => {
  const { told, teller, tracker, release } = redirected(MODE.plain);
  for (let i = 0; i < 1002; i++) teller.tellKeys(tracker, [`key:${i}`]);
  expect(told).toEqual([]);
  await release();
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(/invalidate\r\n\$-1\r\n$/);
  expect(told[1]).toMatch(/key:1001/);
});

it('closes a client for what it is told and does not read, not for replies', () => {
  let cuts = 0;
  const cutOff = (): void => {
    cuts++;
  };
  const push = (): void => undefined;
  const client = { mode: 0, respVersion: 3, unreadBytes: 5e6, pendingCount: 0, push, cutOff };
  const teller = new Teller({
    sleep: () => Promise.resolve(),
    noteRead: () => undefined,
    unreadBytesMax: 1000,
  });
  const options = { ...off, redirect: 0, prefixes: [''] };
  const tracker = new Tracker(client as unknown as Client, options);
  teller.tellKeys(tracker, ['a']);
  expect(cuts).toBe(0);
  teller.tellKeys(tracker, ['a'.repeat(1000)]);
  expect(cuts).toBe(1);
});
