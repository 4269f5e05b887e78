/**
 * Asks the server at hand for the keys of random requests: the fixtures cannot hold every shape.
 */
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import fc from 'fast-check';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from './command-list.ts';
import { deviations } from './deviations.ts';
import { getKeys } from './get-keys.ts';

const RUNS = 1000;
const UNKNOWN_COMMAND = 'Invalid command specified';
const options =
  'STREAMS STORE StoreDist keys KEYS get BY LIMIT COUNT block GROUP NOACK AUTH auth2 COPY';
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', '', '1', '2', '3') },
  { weight: 2, arbitrary: fc.constantFrom(...options.split(' ')) },
  { weight: 1, arbitrary: fc.constantFrom('0', '-1', '+1', '01', '1x', ' 2', '99', '-', 'é') },
);
/**
 * Any command that can name keys, with about as many arguments as it takes; those that must be
 * parsed come more often.
 */
const keyed = commands.filter(({ hasKeys }) => hasKeys);
const movable = keyed.filter(({ flags }) => flags.has('movablekeys'));
const request = fc
  .oneof(fc.constantFrom(...keyed), fc.constantFrom(...movable))
  .chain(({ name, arity }) => {
    const head = name.split('|');
    const least = Math.max(1, Math.abs(arity) - head.length);
    const rest = fc.array(word, { minLength: least, maxLength: least + (arity < 0 ? 8 : 0) });
    return rest.map((words) => [...head, ...words]);
  })
  .filter((words) => !deviations.some(({ isOf }) => isOf(words)));

describe('the server at hand', () => {
  let server: ServerProcess;
  let ask: (...words: string[]) => Promise<unknown>;
  let close: () => void;

  beforeAll(async () => {
    server = await startRedis();
    const client = createClient({ socket: { host: server.host, port: server.port } });
    await client.connect();
    ask = (...words) => client.sendCommand(words).catch((error: unknown) => error);
    close = () => client.destroy();
  });
  afterAll(async () => {
    close();
    await server[Symbol.asyncDispose]();
  });

  it('takes the same arguments for keys as extractKeys', async () => {
    const property = fc.asyncProperty(request, async (words) => {
      const reply = await ask('COMMAND', 'GETKEYS', ...words);
      const theirs = reply instanceof Error ? reply.message.replace(/^ERR /, '') : reply;
      if (theirs !== UNKNOWN_COMMAND) expect(getKeys(words)).toEqual(theirs);
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  it('knows each command by the arity that the table allows it', async () => {
    type Info = [name: string, arity: number, ...rest: unknown[]] | null;
    const infos = (await ask('COMMAND', 'INFO', ...commands.map(({ name }) => name))) as Info[];
    const narrower = commands.filter(({ arity }, i) => {
      const theirs = infos[i]?.[1] ?? arity;
      return arity < 0 ? Math.abs(theirs) < -arity : theirs !== arity;
    });
    expect(infos.filter(Boolean).length).toBeGreaterThan(300);
    expect(narrower.map(({ name }) => name)).toEqual([]);
  });
});
