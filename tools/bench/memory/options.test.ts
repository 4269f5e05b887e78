import { describe, expect, it } from 'vitest';
import { readMemoryOptions } from './options.ts';

const defaults = { candidates: ['ours', 'Envoy'], out: 'docs/memory' };
const read = (...argv: string[]) => readMemoryOptions(argv, defaults);

describe('readMemoryOptions', () => {
  it('measures all of 10,000 connections, and writes it', () => {
    const want = { rounds: 3, connections: 10_000, only: ['ours', 'Envoy'], out: 'docs/memory' };
    expect(read()).toEqual(want);
  });

  it('writes part of it only where it is told', () => {
    expect(read('--only', 'Envoy')).toMatchObject({ only: ['Envoy'], out: null });
    expect(read('--rounds', '1', '--out', 'here').out).toBe('here');
  });

  it('shows every mistake at once', () => {
    expect(() => read('--rounds', '0', '--connections', '20000', '--only', 'theirs')).toThrow(
      /3 options are wrong\n.*--rounds.*\n.*--connections is 20000.*\n.*"theirs", want any of ours, Envoy/,
    );
  });
});
