import { describe, expect, it } from 'vitest';
import { readSoakOptions } from './options.ts';

const read = (...argv: string[]) => readSoakOptions(argv, 'docs/soak');

describe('readSoakOptions', () => {
  it('writes what half an hour or more showed', () => {
    expect(read()).toEqual({ minutes: 30, phaseSeconds: 5, out: 'docs/soak' });
    expect(read('--minutes', '60').out).toBe('docs/soak');
    expect(read('--minutes', '1').out).toBeNull();
    expect(read('--minutes', '1', '--out', 'here').out).toBe('here');
  });

  it('shows every mistake at once', () => {
    expect(() => read('--minutes', '0', '--phase-seconds', 'x')).toThrow(/2 options are wrong/);
    expect(() => read('--phase-seconds', '101')).toThrow(/want at most 100/);
  });
});
