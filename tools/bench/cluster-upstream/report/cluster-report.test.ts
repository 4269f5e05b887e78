import { describe, expect, it } from 'vitest';
import type { Group, Second } from '../figures/recorder.ts';
import { clusterReport } from './cluster-report.ts';
import type { ClusterRun, Sample } from './cluster-run.ts';

const group = (of: Partial<Group>): Group => ({
  ...{ kind: 'probe', role: 'hit', ok: 1, failures: {}, lastFailureMs: null },
  ...{ longestGapMs: 1, isGapOpen: false, p50Ms: 1, p99Ms: 2, p999Ms: 3, mostMs: 4 },
  ...of,
});
const second = (of: Partial<Second> = {}): Second => ({
  ...{ ok: 100, failed: 0, p50Ms: 1, p99Ms: 2 },
  ...of,
});
const sample = (candidate: string, groups: readonly Group[], of: Partial<Sample> = {}): Sample => ({
  ...{ scenario: 'kill', round: 0, candidate, phase: 'event', seconds: 2.5, curve: [] },
  ...{ groups, ...of },
});
const runOf = (samples: readonly Sample[]): ClusterRun => ({
  ...{ date: '2026-11-22', commit: 'abc', machine: 'm', command: 'c', rounds: 2, slots: 9 },
  ...{ keys: 200_000, versions: { keyfleet: 'node' }, absent: {}, scenarios: ['kill'], samples },
  leftOut: [],
});
const linesOf = (...samples: Sample[]) => clusterReport(runOf(samples), null).split('\n');
const gapOf = (candidate: string, longestGapMs: number, of: Partial<Sample> = {}) =>
  sample(candidate, [group({ longestGapMs })], of);

describe('clusterReport', () => {
  it('says what is longer than what the servers themselves need, by the round', () => {
    const lines = linesOf(
      ...[gapOf('keyfleet', 3200), gapOf('Envoy', 12_800), gapOf('the servers', 3000)],
      gapOf('keyfleet', 2400, { round: 1 }),
      gapOf('the servers', 2300, { round: 1 }),
    );
    expect(lines).toContain('|  | keyfleet | Envoy | the servers | keyfleet ÷ Envoy |');
    expect(lines).toContain(
      '| without an OK, ms | 2800 (2400–3200) | 12800 | 2650 (2300–3000) | 0.25 |',
    );
    expect(lines).toContain(
      '| … of which more than the servers themselves, ms | 150 (100–200) | 9800 | – | – |',
    );
  });

  it('says where a watch ended too early', () => {
    const open = sample('keyfleet', [group({ longestGapMs: 16_000, isGapOpen: true })]);
    expect(linesOf(open)).toContain('| without an OK, ms | ≥ 16000 | – |');
  });

  it('tells failures of the shard from those of others', () => {
    const failing = (role: 'hit' | 'other', count: number) =>
      group({ kind: 'application', role, failures: { 'upstream failure': count } });
    const lines = linesOf(
      sample('Envoy', [failing('hit', 7), failing('other', 2)]),
      sample('Envoy', [failing('hit', 5)], { round: 1 }),
    );
    expect(lines).toContain('| failed requests of its applications | 6 (5–7) | – |');
    expect(lines).toContain('| `upstream failure` | 12 / 2 |');
  });

  it('shows whole seconds', () => {
    const curve = [second(), second({ ok: 80, failed: 20, p99Ms: null }), second()];
    const lines = linesOf(sample('keyfleet', [group({})], { curve }));
    expect(lines).toContain('| 2 | 80 · 20 · – |');
    expect(lines.some((line) => line.startsWith('| 3 |'))).toBe(false);
  });

  it('says whether a value was wrong', () => {
    expect(linesOf(gapOf('keyfleet', 1)).join('\n')).toContain('Each value that was read belonged');
    const failures = { 'value of another key': 1 };
    const lines = linesOf(sample('Envoy', [group({ failures })]));
    expect(lines.join('\n')).toContain('Envoy: value of another key (1)');
  });
});
