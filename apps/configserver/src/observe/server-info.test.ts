import { describe, expect, it } from 'vitest';
import { startRedis } from '@keyfleet/testkit';
import { systemClock } from '@keyfleet/runtime';
import { withoutDoubles } from './node-links.ts';
import { NodeLink } from './node-link.ts';
import { parseServerInfo } from './server-info.ts';
import { info } from '../testing/views.ts';

const lines = (...fields: string[]): string =>
  ['# Server', `run_id:${'a'.repeat(40)}`, 'process_id:12', 'loading:0', ...fields].join('\r\n');

describe('parseServerInfo', () => {
  it('reads a primary with its replicas', () => {
    const text = lines(
      'role:master',
      'slave0:ip=127.0.81.1,port=7001,state=online,offset=1400,lag=0',
      'master_replid:' + 'b'.repeat(40),
      'master_repl_offset:1428',
      'db0:keys=3,expires=0,avg_ttl=0',
      'db7:keys=4,expires=1,avg_ttl=9,subexpiry=0',
    );
    expect(parseServerInfo(text)).toMatchObject({
      role: 'primary',
      master: null,
      offset: 1428,
      keys: 7,
      replicas: [{ host: '127.0.81.1', port: 7001, offset: 1400 }],
    });
  });

  it('reads a replica', () => {
    const text = lines(
      'role:slave',
      'master_host:127.0.81.1',
      'master_port:7000',
      'master_link_status:up',
      'master_sync_in_progress:1',
      'slave_repl_offset:77',
      'master_repl_offset:70',
    );
    expect(parseServerInfo(text)).toMatchObject({
      role: 'replica',
      master: { host: '127.0.81.1', port: 7000 },
      isLinkUp: true,
      isSyncing: true,
      offset: 77,
    });
  });

  it.each(['', 'role:master\r\nprocess_id:1', 'run_id:x\r\nprocess_id:1'])('refuses %j', (text) => {
    expect(() => parseServerInfo(text)).toThrow(TypeError);
  });
});

describe('a link to a server', () => {
  it('reads it, and reaches no later life of it', async () => {
    await using server = await startRedis();
    const link = new NodeLink(server, systemClock);
    const first = await link.observe(5000);
    expect(first).toMatchObject({ info: { role: 'primary', pid: expect.any(Number) as number } });
    const { runId } = (first as { info: { runId: string } }).info;
    expect(await link.execute(runId, [['SET', 'a', '1'], ['DBSIZE']])).toEqual(['OK', 1]);

    await server.kill();
    await server.restart();
    await expect(link.execute(runId, [['SET', 'a', '2']])).rejects.toMatchObject({ code: 'NODE' });
    await expect.poll(() => link.observe(5000)).toMatchObject({ info: { keys: 0 } });
    await expect(link.execute(runId, [['SET', 'a', '2']])).rejects.toMatchObject({ code: 'NODE' });
    link.close();
  });

  it('says why there is no answer, and waits no longer than it is told', async () => {
    await using server = await startRedis();
    const link = new NodeLink(server, systemClock);
    server.pause();
    expect(await link.observe(1)).toEqual({ fault: 'no answer in 1 ms' });
    server.resume();
    await expect.poll(() => link.observe(5000)).toHaveProperty('info');
    const seen = await link.observe(5000);
    link.close();
    await server.kill();
    const pid = (seen as { info: { pid: number } }).info.pid;
    expect(await link.observe(5000)).toEqual({ fault: 'connection refused', lastPid: pid });
    link.close();
  });
});

describe('withoutDoubles', () => {
  it('counts one server that answers for two nodes as none', () => {
    const fault = 'the same server answers for a and b';
    const seen = new Map([
      ['a', { info: info(1) }],
      ['b', { info: info(1) }],
      ['c', { info: info(2) }],
    ]);
    expect([...withoutDoubles(seen).values()]).toEqual([{ fault }, { fault }, { info: info(2) }]);
  });
});
