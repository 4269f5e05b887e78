/** For a test file, or a part of one: a proxy that is ready, and a plain server that is asked the same. */
import { startRedis, type Address, type ServerProcess } from '@keyfleet/testkit';
import { afterAll, beforeAll } from 'vitest';
import type { Options, ProxyUnderTest } from './proxy-under-test.ts';
import { startReady } from './scenes.ts';

export type BesidePlain = {
  readonly under: ProxyUnderTest;
  readonly plain: ServerProcess;
  /** Of the proxy. */
  readonly address: Address;
};

/** Its fields are there when the tests run. */
export function useProxyBesidePlain(options: Options = {}): BesidePlain {
  let under: ProxyUnderTest;
  let plain: ServerProcess;
  beforeAll(async () => {
    [under, plain] = await Promise.all([startReady(options), startRedis()]);
  });
  afterAll(() => Promise.all([under[Symbol.asyncDispose](), plain.stop()]));
  return {
    get under() {
      return under;
    },
    get plain() {
      return plain;
    },
    get address() {
      return { host: '127.0.0.1', port: under.proxy.port };
    },
  };
}
