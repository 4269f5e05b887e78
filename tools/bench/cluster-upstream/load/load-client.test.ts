import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientPlan } from './client-plan.ts';
import { LoadClient } from './load-client.ts';
import { OwnKey } from './own-key.ts';

describe('LoadClient', () => {
  let server: ServerProcess;
  let ended: string[];
  let client: LoadClient | undefined;
  beforeEach(async () => {
    [server, ended] = [await startRedis(), []];
  });
  afterEach(async () => {
    client?.[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Its clock is the number that `tick` is given. */
  const started = (of: Partial<ClientPlan> = {}, address = server) => {
    const usual = { everyMs: 10, windowMax: 4, deadlineMs: 200, reads: true };
    const plan = { kind: 'probe', keys: [new OwnKey('a', 0)], ...usual, ...of } as const;
    const outcomes = {
      ok: (_plan: ClientPlan, shard: number, sentMs: number) =>
        ended.push(`ok ${shard} of ${sentMs}`),
      failed: (_plan: ClientPlan, shard: number, kind: string) => ended.push(`${kind} ${shard}`),
    };
    return (client = new LoadClient(address, plan, { outcomes, startMs: 0 }));
  };

  it('writes and reads each key in turn, when it is due', async () => {
    const running = started({ keys: [new OwnKey('a', 0), new OwnKey('b', 2)] });
    for (const ms of [0, 5, 10, 20, 30]) running.tick(ms);
    await vi.waitFor(() =>
      expect(ended).toEqual(['ok 0 of 0', 'ok 0 of 10', 'ok 2 of 20', 'ok 2 of 30']),
    );
  });

  it('waits where its window is full, and makes up for nothing', async () => {
    const running = started({ windowMax: 1 });
    for (const ms of [0, 10, 100]) running.tick(ms);
    await vi.waitFor(() => expect(ended).toHaveLength(1));
    for (const ms of [101, 102]) running.tick(ms);
    await vi.waitFor(() => expect(ended).toEqual(['ok 0 of 0', 'ok 0 of 101']));
  });

  it('gives up a connection that does not answer in time, with all behind', async () => {
    const running = started({ keys: [new OwnKey('a', 0), new OwnKey('b', 1)] });
    running.tick(0);
    await vi.waitFor(() => expect(ended).toEqual(['ok 0 of 0']));
    server.pause();
    for (const ms of [10, 20, 209]) running.tick(ms);
    expect(ended).toHaveLength(1);
    running.tick(210);
    expect(ended.slice(1)).toEqual([
      'no answer in time 0',
      'given up behind one without an answer 1',
      'given up behind one without an answer 1',
    ]);
    server.resume();
    await vi.waitFor(() => expect(ended.at(-1)).toBe('ok 0 of 210'));
  });

  it('counts a connection that is closed, and connects anew', async () => {
    const running = started();
    running.tick(0);
    await vi.waitFor(() => expect(ended).toEqual(['ok 0 of 0']));
    server.pause();
    running.tick(10);
    await server.kill();
    await vi.waitFor(() => expect(ended.slice(1)).toEqual(['connection closed 0']));
    await server.restart();
    running.tick(20);
    await vi.waitFor(() => expect(ended.at(-1)).toBe('ok 0 of 20'));
  });

  it('counts errors by their kind', async () => {
    const other = await startRedis({ args: ['--requirepass', 'secret'] });
    const running = started({}, other);
    running.tick(0);
    await vi.waitFor(() => expect(ended).toEqual(['NOAUTH 0']));
    await other[Symbol.asyncDispose]();
  });
});
