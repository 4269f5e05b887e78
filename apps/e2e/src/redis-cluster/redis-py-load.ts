import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Server } from '../raw-client.ts';
import { redisPyLoad } from '../tours/foreign.ts';
import type { ReadBack } from './reading-back.ts';

const END_WITHIN_MS = 20_000;

/** The same in Python; null: redis-py cannot be had here. Resolves when it is connected. */
export async function startRedisPy(
  server: Server,
  keys: readonly string[],
): Promise<((end: AbortSignal) => Promise<ReadBack>) | null> {
  if (!(await redisPyLoad.fetch()).ok) return null;
  const child = redisPyLoad.start(server, 3, keys);
  const said = text(child.stderr!);
  const output = child.stdout!.setEncoding('utf8');
  const [first] = (await Promise.race([once(output, 'data'), once(child, 'exit')])) as [string];
  if (!first.startsWith('ready')) throw new Error(`Cannot start redis-py: ${await said}`);
  const last = text(output);
  return async (end) => {
    if (!end.aborted) await once(end, 'abort');
    child.stdin!.end();
    const limit = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    const answer = await last;
    clearTimeout(limit);
    if (answer === '') throw new Error(`Cannot read what redis-py saw: ${await said}`);
    return JSON.parse(answer) as ReadBack;
  };
}
