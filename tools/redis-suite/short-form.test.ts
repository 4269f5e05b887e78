/** `npm run redis-suite` runs all of it, in both modes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSkips } from './skips.ts';
import { fetchedSource } from './source.ts';
import { runSuite } from './suite.ts';

const UNIT_MS_MAX = 300_000;

/** Units that are quick, and how many of their tests a plain server of Redis 7.0 passes: a run of fewer is none. */
const units = [
  ['unit/protocol', 19, 0],
  ['unit/keyspace', 43, 0],
  ['unit/scan', 17, 0],
  ['unit/info-command', 3, 0],
  ['unit/type/incr', 23, 0],
  ['unit/multi', 32, 10],
  ['unit/quit', 3, 0],
  ['unit/pubsub', 29, 0],
  ['unit/introspection-2', 43, 0],
  ['unit/bitfield', 16, 0],
] as const;
const asked = units.reduce((sum, [, tests]) => sum + tests, 0);

const root = join(import.meta.dirname, '../..');
const source = await fetchedSource();
// A machine on which bootstrap.sh found no way to get it; it said so. CI must have it.
const isSkipped = source === null && process.env['CI'] !== 'true';

const end = new AbortController();
afterAll(() => end.abort());

describe.skipIf(isSkipped)(`${asked} tests of Redis’ own suite, in single-database mode`, () => {
  it.each(units)(
    '%s: %i tests, less %i skips, pass through the proxy',
    async (unit, tests, skips) => {
      const options = {
        units: [unit],
        modes: ['singledb'],
        isQuick: true,
        log: null,
        out: null,
      } as const;
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
