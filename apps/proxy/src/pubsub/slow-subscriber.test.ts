import { expect, it } from 'vitest';
import { judgeUnread } from './slow-subscriber.ts';

const limits = { hardBytes: 100, softBytes: 10, softMs: 60 };

it.each([
  ['keeps up', [10, null, 0], { sinceMs: null, isTooMuch: false }],
  ['begins to be slow', [11, null, 5], { sinceMs: 5, isTooMuch: false }],
  ['is slow for a while', [100, 5, 64], { sinceMs: 5, isTooMuch: false }],
  ['is slow for too long', [11, 5, 65], { sinceMs: 5, isTooMuch: true }],
  ['has caught up', [10, 5, 65], { sinceMs: null, isTooMuch: false }],
  ['has far too much', [101, null, 7], { sinceMs: 7, isTooMuch: true }],
] as const)('one that %s', (_what, [unreadBytes, sinceMs, nowMs], want) => {
  expect(judgeUnread(unreadBytes, sinceMs, nowMs, limits)).toEqual(want);
});
