import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isAlive, markOf, signalProcess } from './process-mark.ts';

const sleeper = ['-e', 'setInterval(() => {}, 1000)'];

it('knows a process by its pid and the time it started', () => {
  const mark = markOf(process.pid)!;
  expect(mark.pid).toBe(process.pid);
  expect(isAlive(mark)).toBe(true);
  expect(markOf(process.pid)).toEqual(mark);
});

it('takes a process with the same pid that started at another time for a stranger, and leaves it alone', async () => {
  const child = spawn(process.execPath, sleeper, { stdio: 'ignore' });
  await once(child, 'spawn');
  const mark = markOf(child.pid!)!;
  const earlier = { ...mark, started: 'earlier' };
  expect(isAlive(earlier)).toBe(false);
  expect(signalProcess(earlier, 'SIGKILL')).toBe(false);
  expect(isAlive(mark)).toBe(true);

  const ended = once(child, 'exit');
  expect(signalProcess(mark, 'SIGKILL')).toBe(true);
  await ended;
  expect(isAlive(mark)).toBe(false);
  expect(signalProcess(mark, 'SIGKILL')).toBe(false);
});

it('finds nobody behind a pid that is not in use', () => {
  expect(markOf(2 ** 22 + 1)).toBeNull();
});
