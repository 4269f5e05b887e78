import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

const histogramOf = (values: readonly number[]) => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

describe('Histogram', () => {
  it.each([
    [50, 500],
    [99, 990],
    [99.9, 999],
    [100, 1000],
  ])('knows the %s th percentile within 1.6 %', (percent, exact) => {
    const found = histogramOf(upTo(1000)).percentile(percent)!;
    expect(found / exact).toBeGreaterThan(0.99);
    expect(found / exact).toBeLessThan(1.017);
  });

  it('knows none of nothing', () => {
    expect(new Histogram().percentile(50)).toBeNull();
  });

  it.each([0, 0.0001, 0.2, 4, 5e9])('takes %s ms', (ms) => {
    expect(histogramOf([ms]).count).toBe(1);
    expect(histogramOf([ms]).mostMs).toBe(ms);
  });

  it('never says more than the most', () => {
    expect(histogramOf([3]).percentile(99)).toBe(3);
  });

  it('counts what a waiting client did not send', () => {
    const histogram = new Histogram();
    histogram.recordPaced(95, 10);
    expect(histogram.count).toBe(10);
    expect(histogram.mostMs).toBe(95);
    expect(histogram.percentile(50)).toBeCloseTo(45, 0);
  });

  it('counts a quick answer once', () => {
    const histogram = new Histogram();
    histogram.recordPaced(2, 10);
    histogram.recordPaced(0, 10);
    expect(histogram.count).toBe(2);
  });
});
