/** What any shard can answer, while the first one cannot. */
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { hold, holdOf, startReady } from './testing/scenes.ts';

/** Who waited for it would wait longer than the test. */
const FLAGS = { 'hold-queue-ms': '60000' };

async function expectAnswers(client: Redis): Promise<void> {
  expect(await client.time()).toHaveLength(2);
  expect(await client.config('GET', 'hz')).toHaveLength(2);
  expect(await client.call('FUNCTION', 'LIST')).toEqual([]);
  await expect(client.call('no.such.command')).rejects.toThrow('ERR unknown command');
}

it('a shard that is held is not asked', async () => {
  await using under = await startReady({ flags: FLAGS });
  await hold(under, [holdOf({ what: 'all', drainMs: 100 })]);
  await expectAnswers(under.client());
});

it('nor is one that runs a script', async () => {
  await using under = await startReady({
    flags: FLAGS,
    serverArgs: ['--busy-reply-threshold', '10'],
  });
  const client = under.client();
  const endless = client.eval('while true do end', 0).catch(String);
  // What is queued is not sent: it cannot wait behind the script. The key is of the first shard.
  const queuing = under.client();
  await queuing.call('MULTI');
  const queue = (): Promise<unknown> => queuing.call('GET', 'b').catch(String);
  await eventually(async () => /BUSY/.test(String(await queue())));
  await expectAnswers(under.client());
  expect(await under.client().script('KILL')).toBe('OK');
  expect(await endless).toMatch(/Script killed by user/);
});
