import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '@keyfleet/runtime';
import { expect, it } from 'vitest';
import { markOf, type ProcessMark } from './process-mark.ts';
import { stopProcesses } from './stop-processes.ts';

async function start(script: string): Promise<{ child: ChildProcess; mark: ProcessMark }> {
  const script2 = `${script}; setInterval(() => {}, 1000); console.log('up')`;
  const child = spawn(process.execPath, ['-e', script2], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return { child, mark: markOf(child.pid!)! };
}

it('lets processes end by themselves, and kills the one that does not', async () => {
  const polite = await start(`process.on('SIGTERM', () => process.exit(7))`);
  const deaf = await start(`process.on('SIGTERM', () => {})`);
  const ends = Promise.all([once(polite.child, 'exit'), once(deaf.child, 'exit')]);
  await stopProcesses([polite.mark, deaf.mark], { clock: systemClock, graceMs: 500 });
  expect(await ends).toEqual([
    [7, null],
    [null, 'SIGKILL'],
  ]);
});

it('wakes a process that stands still, so that it can end in order', async () => {
  const paused = await start(`process.on('SIGTERM', () => process.exit(7))`);
  process.kill(paused.mark.pid, 'SIGSTOP');
  const ended = once(paused.child, 'exit');
  await stopProcesses([paused.mark], { clock: systemClock, graceMs: 10_000 });
  expect(await ended).toEqual([7, null]);
});

it('has nothing to do for processes that are gone', async () => {
  const gone = { pid: process.pid, started: 'earlier' };
  await stopProcesses([gone], { clock: systemClock, graceMs: 10_000 });
});
