import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from '../testing/proxy-under-test.ts';
import { RawClient } from '../testing/raw-client.ts';

let under: ProxyUnderTest;
beforeAll(async () => {
  under = await startProxyUnderTest();
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});
afterAll(() => under[Symbol.asyncDispose]());

const raw = () => RawClient.connect({ port: under.proxy.port });

describe('SUBSCRIBE', () => {
  it('brings what is published behind its confirmation, once', async () => {
    const subscriber = await raw();
    const publisher = under.client();
    subscriber.send('SUBSCRIBE', 'a', 'b', 'c');
    expect(await subscriber.take(3)).toEqual([
      ['subscribe', 'a', 1],
      ['subscribe', 'b', 2],
      ['subscribe', 'c', 3],
    ]);
    for (const channel of ['a', 'b', 'c']) expect(await publisher.publish(channel, 'hi')).toBe(1);
    const got = await subscriber.take(3);
    expect(got.map(String).sort()).toEqual(['message,a,hi', 'message,b,hi', 'message,c,hi']);
    subscriber.close();
  });
});
