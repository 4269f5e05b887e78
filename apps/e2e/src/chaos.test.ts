/** Clients that come and go in the middle of their requests hurt only themselves. */
import { describe, expect, it } from 'vitest';
import { breakConnectionsUntil } from './breaker.ts';
import { usePlatform } from './platform.ts';
import { Random } from './random.ts';
import { Verifier } from './verifier.ts';

const SECONDS = Number(process.env['KEYFLEET_E2E_SECONDS'] ?? 30);
const BREAKERS = 200;
const VERIFIERS = 20;

const platform = usePlatform();
const random = new Random(Random.seedOf(process.env['KEYFLEET_E2E_SEED']));

describe(`with ${BREAKERS} connections cut at random for ${SECONDS} s (KEYFLEET_E2E_SEED=${random.seed})`, () => {
  const gauges = ['clients', 'in_flight', 'parked_clients', 'client_held_bytes'];

  it(
    'no other client gets a wrong, lost or swapped reply',
    { timeout: (SECONDS + 60) * 1000 },
    async ({ annotate }) => {
      const server = platform.current;
      const verifiers = await Promise.all(
        Array.from({ length: VERIFIERS }, (_, i) =>
          Verifier.connect(server, random.fork(i), (index) => `own:${i}:${index}`),
        ),
      );
      const end = AbortSignal.timeout(SECONDS * 1000);
      const breaking = Array.from({ length: BREAKERS }, (_, i) =>
        breakConnectionsUntil(end, server, random.fork(VERIFIERS + i)),
      );
      await Promise.all(verifiers.map((verifier) => verifier.runUntil(end)));
      const broken = (await Promise.all(breaking)).reduce((sum, count) => sum + count, 0);
      const checked = verifiers.map((verifier) => verifier.checked);
      for (const verifier of verifiers) verifier[Symbol.dispose]();

      await annotate(
        `${checked.reduce((sum, count) => sum + count, 0)} replies checked, ${broken} connections cut`,
      );
      expect(broken).toBeGreaterThan(BREAKERS);
      expect(Math.min(...checked)).toBeGreaterThan(0);
    },
  );

  it.each(gauges)('%s of the proxy is 0 again', async (gauge) => {
    await expect
      .poll(() => platform.current.proxyMetric(`keyfleet_proxy_${gauge}`), { timeout: 15_000 })
      .toBe(0);
  });
});
