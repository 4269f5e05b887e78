import { readFileSync } from 'node:fs';
import { createLogger, loadSettings } from '@keyfleet/runtime';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { proxySettings } from '../settings.ts';
import { configOf } from '../testing/proxy-under-test.ts';
import { startWorkerPool, type PoolHost } from './worker-pool.ts';

/** The system refuses to begin a process with such a name, as it does when there is no memory for one. */
const IMPOSSIBLE = 'main\0.ts';
const MAIN = `${import.meta.dirname}/../main.ts`;

function ownChildren(): number[] {
  const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}

async function start(host: PoolHost) {
  const directory = await temporaryDirectory();
  const flags = {
    workers: '2',
    port: '0',
    configserver: 'http://127.0.0.1:1',
    'state-dir': directory.path,
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const settings = loadSettings(proxySettings, { argv, env: {} });
  const starting = startWorkerPool(configOf(settings), createLogger('proxy', 'silent'), host);
  return { directory, pool: await starting.finally(() => directory[Symbol.asyncDispose]()) };
}

it('does not start where no process can be begun', async () => {
  const host = { program: IMPOSSIBLE, onHopeless: () => undefined };
  await expect(start(host)).rejects.toThrow('null bytes');
});

it('says so when no process can be begun any more', async () => {
  const { promise: hopeless, resolve: onHopeless } = Promise.withResolvers<Error>();
  const host = { program: MAIN, onHopeless };
  const { pool } = await start(host);
  try {
    host.program = IMPOSSIBLE;
    for (const pid of ownChildren()) process.kill(pid, 'SIGKILL');
    expect((await hopeless).message).toMatch('Cannot keep a worker running: TypeError');
  } finally {
    await pool.stop();
  }
});
