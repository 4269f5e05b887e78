/** `npm run redis-suite` runs all of it, in both modes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSkips } from './skips.ts';
import { fetchedSource } from './source.ts';
import { runSuite } from './suite.ts';

const UNIT_MS_MAX = 300_000;

/** Units that are quick, how many of their tests a plain server of Redis 7.0 passes (a run of fewer is none), and skips. */
const units = [
  ['singledb', 'unit/protocol', 19, 0],
  ['singledb', 'unit/keyspace', 43, 0],
  ['singledb', 'unit/scan', 17, 0],
  ['singledb', 'unit/info-command', 3, 0],
  ['singledb', 'unit/type/incr', 23, 0],
  ['singledb', 'unit/multi', 32, 10],
  ['singledb', 'unit/quit', 3, 0],
  ['singledb', 'unit/pubsub', 29, 0],
  ['singledb', 'unit/introspection-2', 43, 0],
  ['singledb', 'unit/bitfield', 16, 0],
  ['redis-cluster', 'unit/keyspace', 42, 0],
  ['redis-cluster', 'unit/multi', 31, 6],
  ['redis-cluster', 'unit/pubsub', 29, 0],
] as const;
const asked = units.reduce((sum, [, , tests]) => sum + tests, 0);

const root = join(import.meta.dirname, '../..');
const source = await fetchedSource();
// A machine on which bootstrap.sh found no way to get it; it said so. CI must have it.
const isSkipped = source === null && process.env['CI'] !== 'true';

const end = new AbortController();
afterAll(() => end.abort());

describe.skipIf(isSkipped)(`${asked} tests of Redis’ own suite`, () => {
  it.each(units)(
    '%s %s: %i tests, less %i skips, pass through the proxy',
    async (mode, unit, tests, skips) => {
      const options = {
        units: [unit],
        modes: [mode],
        isQuick: true,
        log: null,
        out: null,
      };
      const [judgement] = await runSuite(options, {
        root,
        source: source!.path,
        skips: parseSkips(readFileSync(join(import.meta.dirname, 'skips.txt'), 'utf8')),
        signal: end.signal,
        log: () => undefined,
        onProgress: () => undefined,
      });
      expect(judgement).toMatchObject({ failures: [], aborted: '' });
      const { wanted, passed, skipped } = judgement!;
      expect(passed + skipped).toBe(wanted);
      expect(wanted).toBeGreaterThanOrEqual(tests);
      expect(skipped).toBeLessThanOrEqual(skips);
    },
    UNIT_MS_MAX,
  );
});
