import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSkips, skipsFor } from './skips.ts';
import { units } from './units.ts';

describe('parseSkips', () => {
  it('reads a line per test; a name may have a bar in it', () => {
    const text =
      '# why\n\nboth | unit/scan | SCAN | regression | cursors are ours\nsingledb | unit/multi | EXEC | slots\n';
    expect(parseSkips(text)).toEqual([
      {
        modes: ['cluster-mode', 'singledb'],
        unit: 'unit/scan',
        test: 'SCAN | regression',
        reason: 'cursors are ours',
      },
      { modes: ['singledb'], unit: 'unit/multi', test: 'EXEC', reason: 'slots' },
    ]);
  });

  it.each(['both | unit/scan | SCAN', 'any | unit/scan | SCAN | why', 'both | scan | SCAN | why'])(
    'refuses "%s"',
    (line) => expect(() => parseSkips(`\n${line}`)).toThrow('Cannot read line 2 of the skip file'),
  );

  it('finds those of one unit in one mode', () => {
    const skips = parseSkips(
      'both | unit/a | A | r\nsingledb | unit/a | B | r\nboth | unit/b | C | r',
    );
    const names = (...[mode, unit]: ['cluster-mode' | 'singledb', string]) =>
      skipsFor(skips, mode, unit).map(({ test }) => test);
    expect(names('cluster-mode', 'unit/a')).toEqual(['A']);
    expect(names('singledb', 'unit/a')).toEqual(['A', 'B']);
  });
});

it('skips.txt names units that are run, and no test twice', () => {
  const skips = parseSkips(readFileSync(join(import.meta.dirname, 'skips.txt'), 'utf8'));
  expect(skips.map(({ unit }) => unit).filter((unit) => !units.includes(unit))).toEqual([]);
  const keys = skips.flatMap(({ modes, unit, test }) =>
    modes.map((mode) => `${mode} ${unit} ${test}`),
  );
  expect(keys).toEqual([...new Set(keys)]);
});
