import { expect, it } from 'vitest';
import { NewsLine } from './news-line.ts';
import type { News } from './processes.ts';

const MB = 1024 * 1024;
const linesOf = (megabytes: number): News => ({
  about: 'shown',
  lines: Buffer.alloc(megabytes * MB),
});

it('drops what is too much, says so once, and goes on when all before was taken', () => {
  const sent: (number | null)[] = [];
  const taking: (() => void)[] = [];
  const line = new NewsLine();
  const post = (megabytes: number): boolean =>
    line.post(linesOf(megabytes), ({ lines }, onSent) => {
      sent.push(lines === null ? null : lines.length / MB);
      taking.push(onSent);
    });
  const takeOne = (): void => taking.shift()!();
  expect([5, 3, 1, 1].map(post)).toEqual([true, true, false, true]);
  expect(sent).toEqual([5, 3, null]);
  takeOne();
  post(1);
  takeOne();
  post(2);
  expect(sent).toEqual([5, 3, null, 2]);
});
