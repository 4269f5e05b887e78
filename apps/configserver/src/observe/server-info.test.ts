import { describe, expect, it } from 'vitest';
import { withoutDoubles } from './node-links.ts';
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
