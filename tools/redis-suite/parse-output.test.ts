import { describe, expect, it } from 'vitest';
import { OUTSIDE, parseOutput } from './parse-output.ts';

const output = (...lines: string[]) =>
  parseOutput(['[ready]: 4711', 'Testing unit/x', ...lines].join('\n'));
const DONE = '[1/1 \u001b[0;33;49mdone\u001b[0m]: unit/x (0 seconds)';

describe('parseOutput', () => {
  it('reads what became of each test', () => {
    const { tests, hung, exception } = output(
      '[\u001b[0;32;49mok\u001b[0m]: GET (of a string) (12 ms)',
      '[\u001b[0;33;49mskip\u001b[0m]: slow one',
      '[ignore]: DEBUG: Tag: needs:debug denied',
      '[ignore]: Not supported on external server',
      '[err]: [SET] works in tests/unit/x.tcl',
      "Expected 'a' to be equal to 'b'",
      '[ok]: after it (0 ms)',
      DONE,
    );
    expect(tests).toEqual([
      { name: 'GET (of a string)', verdict: 'passed', because: '' },
      { name: 'slow one', verdict: 'skipped', because: '' },
      { name: 'DEBUG', verdict: 'ignored', because: 'Tag: needs:debug denied' },
      { name: '[SET] works', verdict: 'failed', because: "Expected 'a' to be equal to 'b'" },
      { name: 'after it', verdict: 'passed', because: '' },
    ]);
    expect({ hung, exception }).toEqual({ hung: null, exception: null });
  });

  it('counts no failure twice: the list at the end repeats them', () => {
    const { tests } = output(
      '[err]: SET in tests/unit/x.tcl',
      DONE,
      '   The End',
      '*** [err]: SET',
      '[err]: SET',
    );
    expect(tests).toHaveLength(1);
  });

  it('gives a failure between tests a name', () => {
    const { tests } = output('[err]: own error', 'ERR own error', DONE);
    expect(tests).toEqual([
      { name: OUTSIDE, verdict: 'failed', because: 'own error ERR own error' },
    ]);
  });

  it('tells which test stood still', () => {
    const { hung, exception } = output(
      '[ok]: GET (1 ms)',
      '[TIMEOUT]: clients state report follows.',
      'sock55 => (IN PROGRESS) BLPOP: (blocks)',
    );
    expect({ hung, exception }).toEqual({ hung: 'BLPOP: (blocks)', exception: null });
  });

  it.each([
    [['[exception]: Executing test client: ERR no.', 'ERR no', '    while executing'], /ERR no/],
    [['[TIMEOUT]: clients state report follows.', 'sock55 => (OK) GET'], /\(OK\) GET/],
    [['[ok]: GET (1 ms)'], /no end/],
  ])('tells why a run came to no end', (lines, why) => {
    expect(output(...lines).exception).toMatch(why);
  });
});
