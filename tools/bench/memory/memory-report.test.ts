import { describe, expect, it } from 'vitest';
import { memoryReport, type MemoryRun, type MemorySample } from './memory-report.ts';

const MB = 1024 * 1024;
const sample = (of: Partial<MemorySample>): MemorySample => ({
  round: 0,
  candidate: 'keyfleet',
  emptyBytes: 90 * MB,
  idleBytesEach: 4096,
  pingedBytesEach: 5120,
  activePeakBytes: 180 * MB,
  deaf16KbPeakBytes: 120 * MB,
  deaf1MbPeakBytes: 300 * MB,
  ...of,
});
const run: MemoryRun = {
  date: '2026-11-22',
  machine: '2 × Some CPU',
  commit: 'abc1234',
  command: 'npm run bench:memory',
  rounds: 2,
  connections: 10_000,
  versions: { keyfleet: 'node', twemproxy: '0.5' },
  absent: { Envoy: 'there is no pip' },
  samples: [sample({}), sample({ round: 1, idleBytesEach: 6144 })],
};

describe('memoryReport', () => {
  const lines = memoryReport(run, null).split('\n');

  it('has a row for each figure and a column for each candidate', () => {
    expect(lines).toContain('| resident memory | target | keyfleet | twemproxy |');
    expect(lines).toContain('| each of 10,000 idle connections, KB | ≤ 8 | 5.0 (4.0–6.0) | – |');
  });

  it('says which targets the proxy has met', () => {
    expect(lines).toContain('- each of 10,000 idle connections: met');
    expect(lines).toContain('- a client asks for 1 MB values and does not read, peak: **missed**');
  });

  it('says what is left out', () => {
    expect(lines).toContain('- Envoy is left out: there is no pip');
  });
});
