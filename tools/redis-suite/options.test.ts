import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';
import { modeNames, units } from './units.ts';

describe('readOptions', () => {
  it('runs all, unless it is told what', () => {
    expect(readOptions([])).toEqual({
      units,
      modes: modeNames,
      isQuick: false,
      log: null,
      out: null,
    });
    const argv = [
      '--units',
      'unit/multi, unit/scan',
      '--modes',
      'singledb',
      '--quick',
      '--out',
      'x',
    ];
    expect(readOptions(argv)).toMatchObject({
      units: ['unit/scan', 'unit/multi'],
      modes: ['singledb'],
      isQuick: true,
      out: 'x',
    });
  });

  it('shows every mistake at once', () => {
    expect(() => readOptions(['--units', 'scan', '--modes', 'all'])).toThrow(
      /the suite: 2 options are wrong/,
    );
  });
});
