import { describe, expect, it } from 'vitest';
import { UsageError } from '../options/flags.ts';
import { readClusterOptions } from './options.ts';

const defaults = { scenarios: ['kill', 'hang'], out: 'docs/x' };
const read = (...argv: string[]) => readClusterOptions(argv, defaults);

describe('readClusterOptions', () => {
  it('takes all of it without flags, and writes it down', () => {
    expect(read()).toEqual({ rounds: 5, slots: 1500, only: ['kill', 'hang'], out: 'docs/x' });
  });

  it.each([[['--rounds', '1']], [['--only', 'hang']]])('does not write down %s', (argv) => {
    expect(read(...argv).out).toBeNull();
    expect(read(...argv, '--out', 'y').out).toBe('y');
  });

  it('says all that is wrong', () => {
    const wrong = () => read('--rounds', '0', '--slots', '9999', '--only', 'hang,fire', '--quick');
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(/4 options[^]*--quick[^]*--rounds[^]*--slots[^]*"fire"/);
  });
});
