import { describe, expect, it } from 'vitest';
import { rssChart } from './rss-chart.ts';
import { soakReport, type SoakRun } from './soak-report.ts';

const MB = 1024 * 1024;
const samples = Array.from({ length: 60 }, (_, n) => ({
  seconds: n * 10,
  cycle: Math.floor(n / 6),
  bytes: (n % 6 === 0 ? 100 : 150) * MB,
}));
const run: SoakRun = {
  date: '2026-11-22',
  machine: '2 × Some CPU',
  commit: 'abc1234',
  command: 'npm run bench:soak',
  version: 'node v26',
  minutes: 10,
  phaseSeconds: 5,
  phases: ['GET', 'nothing'],
  samples,
};

describe('soakReport', () => {
  it('says whether memory is flat, and shows floor and peak of each cycle', () => {
    const report = soakReport(run, { chart: 'soak.svg', notes: null });
    expect(report).toContain('**Verdict: memory is flat: over the last two thirds the floor');
    expect(report).toContain('(soak.svg)');
    expect(report).toContain('| 2 | 1.0 | 100 | 150 |');
  });

  it('says when memory grows', () => {
    const growing = samples.map((sample) => ({
      ...sample,
      bytes: sample.bytes + sample.seconds * MB,
    }));
    const report = soakReport({ ...run, samples: growing }, { chart: null, notes: null });
    expect(report).toContain('memory grows');
  });

  it('does not judge a short run', () => {
    const report = soakReport(
      { ...run, samples: samples.slice(0, 12) },
      { chart: null, notes: null },
    );
    expect(report).toContain('too short to tell');
  });
});

describe('rssChart', () => {
  const svg = rssChart(samples);

  it('has a line through all samples and a step for each floor', () => {
    const [line, floors] = [...svg.matchAll(/points="([^"]*)"/g)].map(([, points]) =>
      points!.split(' '),
    );
    expect(line).toHaveLength(60);
    expect(floors).toHaveLength(20);
  });

  it('begins at zero, so that little does not look like much', () => {
    expect(svg).toContain('>0<');
  });
});
