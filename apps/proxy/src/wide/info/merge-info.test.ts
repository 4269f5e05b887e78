import { describe, expect, it } from 'vitest';
import { formatHuman } from './format-human.ts';
import { infoText } from './info.ts';
import { applyRule, ruleOf } from './info-rules.ts';
import { formatInfo, parseInfo } from './info-text.ts';
import { mergeInfo } from './merge-info.ts';

/** Of texts of one section, without its name. */
function merged(section: string, ...texts: string[]): string[] {
  const infos = texts.map((text) => parseInfo(`# ${section}\r\n${text.split(' ').join('\r\n')}`));
  return formatInfo(mergeInfo(infos)).trim().split('\r\n').slice(1);
}

describe('INFO of several servers', () => {
  it.each([
    ['Server', 'redis_version:7.0.15 hz:10', 'redis_version:7.0.15 hz:20', 'redis_version:7.0.15 hz:10'],
    ['Clients', 'blocked_clients:1 client_recent_max_input_buffer:5', 'blocked_clients:2 client_recent_max_input_buffer:9', 'blocked_clients:3 client_recent_max_input_buffer:9'],
    ['Memory', 'used_memory:600 used_memory_human:600B mem_fragmentation_ratio:1.5', 'used_memory:600 used_memory_human:600B mem_fragmentation_ratio:10.25', 'used_memory:1200 used_memory_human:1.17K mem_fragmentation_ratio:10.25'],
    ['Memory', 'maxmemory_policy:noeviction used_memory_peak_perc:99.10%', 'maxmemory_policy:noeviction used_memory_peak_perc:100.00%', 'maxmemory_policy:noeviction used_memory_peak_perc:100.00%'],
    ['Persistence', 'loading:0 rdb_last_save_time:20 rdb_last_bgsave_status:ok', 'loading:1 rdb_last_save_time:10 rdb_last_bgsave_status:err', 'loading:1 rdb_last_save_time:10 rdb_last_bgsave_status:err'],
    ['Persistence', 'rdb_changes_since_last_save:3 aof_last_rewrite_time_sec:-1', 'rdb_changes_since_last_save:4 aof_last_rewrite_time_sec:2', 'rdb_changes_since_last_save:7 aof_last_rewrite_time_sec:2'],
    ['Stats', 'keyspace_hits:3 instantaneous_input_kbps:0.25 latest_fork_usec:7', 'keyspace_hits:4 instantaneous_input_kbps:1.50 latest_fork_usec:5', 'keyspace_hits:7 instantaneous_input_kbps:1.75 latest_fork_usec:7'],
    ['Replication', 'role:master connected_slaves:2 slave0:ip=1', 'role:master connected_slaves:1', 'role:master connected_slaves:1'],
    ['CPU', 'used_cpu_sys:0.500001', 'used_cpu_sys:1.000001', 'used_cpu_sys:1.500002'],
    ['Commandstats', 'cmdstat_get:calls=2,usec=10,usec_per_call=5.00,rejected_calls=0,failed_calls=1', 'cmdstat_get:calls=1,usec=1,usec_per_call=1.00,rejected_calls=1,failed_calls=0', 'cmdstat_get:calls=3,usec=11,usec_per_call=3.67,rejected_calls=1,failed_calls=1'],
    ['Errorstats', 'errorstat_ERR:count=2', 'errorstat_ERR:count=3 errorstat_OOM:count=1', 'errorstat_ERR:count=5 errorstat_OOM:count=1'],
    ['Latencystats', 'latency_percentiles_usec_get:p50=1.003,p99=4.015', 'latency_percentiles_usec_get:p50=2.007,p99=3.007', 'latency_percentiles_usec_get:p50=2.007,p99=4.015'],
    ['Keyspace', 'db0:keys=5,expires=1,avg_ttl=100', 'db0:keys=7,expires=3,avg_ttl=200 db3:keys=1,expires=0,avg_ttl=0', 'db0:keys=12,expires=4,avg_ttl=175 db3:keys=1,expires=0,avg_ttl=0'],
    ['Keysizes', 'db0_distrib_strings_sizes:1=3,512=1', 'db0_distrib_strings_sizes:1=1,4=2,1K=1,512=1,2M=1', 'db0_distrib_strings_sizes:1=4,4=2,512=2,1K=1,2M=1'],
    ['Threads', 'io_thread_0:clients=1,reads=20,writes=3', 'io_thread_0:clients=2,reads=5,writes=3', 'io_thread_0:clients=3,reads=25,writes=6'],
    ['Modules', 'module:name=a module:name=b', 'module:name=a module:name=b', 'module:name=a module:name=b'],
  ])('%s: %s and %s are %s', (section, one, two, want) =>
    expect(merged(section, one, two)).toEqual(want.split(' ')),
  ); // prettier-ignore

  it('comes back as it was when there is one server', () => {
    const text =
      '# CPU\r\nused_cpu_sys:0.000000\r\n\r\n# Modules\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n';
    expect(formatInfo(mergeInfo([parseInfo(text)]))).toBe(text);
  });
});

describe('a field', () => {
  it.each([
    ['Stats', 'total_commands_processed', 'sum'],
    ['Stats', 'pubsub_channels', 'max'],
    ['Memory', 'number_of_functions', 'max'],
    ['Persistence', 'rdb_last_save_time', 'min'],
    ['Persistence', 'aof_last_write_status', 'worst'],
    ['Server', 'hz', 'first'],
    ['Some day', 'unknown', 'first'],
  ])('%s %s: %s', (section, field, want) => expect(ruleOf(section, field)).toBe(want));

  it('that is no number somewhere is told as the first tells it', () =>
    expect(applyRule('sum', ['1', 'x'])).toBe('1'));
});

describe('what the proxy says of itself', () => {
  const own = { Server: { tcp_port: 7480 }, Cluster: { cluster_enabled: 0 } };
  const server = parseInfo('# Server\r\nredis_version:7\r\ntcp_port:6379\r\n');

  it('stands in the place of what the servers say', () =>
    expect(infoText([server], { own, wanted: ['SERVER'] })).toBe(
      '# Server\r\nredis_version:7\r\ntcp_port:7480\r\n',
    ));

  it('is told when no server answers', () => {
    expect(infoText([], { own, wanted: [] })).toContain('cluster_enabled:0');
    expect(infoText([], { own, wanted: ['cluster'] })).toBe('# Cluster\r\ncluster_enabled:0\r\n');
  });
});

describe('formatHuman', () => {
  it.each([
    [0, '0B'],
    [1023, '1023B'],
    [916256, '894.78K'],
    [25276510208, '23.54G'],
  ])('%d is %s', (bytes, want) => expect(formatHuman(bytes)).toBe(want));
});
