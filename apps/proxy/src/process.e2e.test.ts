/** The proxy as a process, as a container runs it: its signals, its exit codes, what it says of itself. */
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ProxyProcess } from './testing/proxy-process.ts';
import { startProxyUnderTest } from './testing/proxy-under-test.ts';

describe('SIGTERM', () => {
  it('takes no more clients, answers what is pending, gives the session back, ends with 0', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await ProxyProcess.serving(under);
    under.servers[0]!.pause();
    const answer = proxy.say('SET k v\r\nGET k\r\n');
    await proxy.untilPending();
    proxy.signal('SIGTERM');
    await eventually(async () => (await proxy.say('QUIT\r\n')) === null);
    under.servers[0]!.resume();
    expect(await answer).toBe('+OK\r\n$1\r\nv\r\n');
    expect(await proxy.exitCode()).toBe(0);
    expect(under.configserver.closed).toBe(1);
  });

  it('waits no longer than drainMs for a server that is silent', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await ProxyProcess.serving(under, { 'drain-ms': '100' });
    under.servers[0]!.pause();
    const answer = proxy.say('GET k\r\n');
    await proxy.untilPending();
    proxy.signal('SIGTERM');
    expect(await answer).toBe('');
    expect(await proxy.exitCode()).toBe(0);
    under.servers[0]!.resume();
  });
});

describe('settings that cannot work', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a secret file that is not there', { 'secret-file': '/none' }, '--secret-file  Cannot read'],
    ['a wildcard address alone', { bind: '0.0.0.0' }, '--advertise-host  is required'],
  ])('%s: exit code 78', async (_name, flags, want) => {
    using proxy = await ProxyProcess.start({ configserver: 'http://127.0.0.1:1', ...flags });
    expect(await proxy.exitCode()).toBe(78);
    expect(proxy.output).toContain(want);
  });
});

describe('its session', () => {
  it('says where others reach it', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    const flags = { 'proxy-id': 'orders-proxy-x', 'advertise-host': 'fd00::1' };
    using proxy = await ProxyProcess.serving(under, flags);
    const { port } = proxy.address;
    expect(under.configserver.openedBy).toMatchObject({
      id: 'orders-proxy-x',
      host: 'fd00::1',
      port,
    });
    const { adminUrl } = under.configserver.openedBy as { adminUrl: string };
    expect(new URL(adminUrl).hostname).toBe('[fd00::1]');
  });
});
