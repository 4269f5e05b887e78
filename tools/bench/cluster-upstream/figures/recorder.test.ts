import { describe, expect, it } from 'vitest';
import { Recorder } from './recorder.ts';

const probe = (shard: number, nowMs: number) => ({ kind: 'probe' as const, shard, nowMs });
const answered = (shard: number, nowMs: number, latencyMs = 1) => ({
  ...probe(shard, nowMs),
  ...{ sentMs: nowMs - latencyMs, everyMs: 10 },
});

describe('Recorder', () => {
  it('keeps the shards that are hit and the others apart', () => {
    const recorder = new Recorder(1000, [1]);
    for (const ms of [1010, 1500, 1990]) recorder.ok(answered(0, ms));
    recorder.ok(answered(1, 1020));
    recorder.failed(probe(1, 1300), 'upstream failure');
    recorder.failed(probe(1, 1400), 'upstream failure');
    recorder.ok(answered(1, 1900));
    const { groups } = recorder.observed(2000);
    expect(groups.find(({ role }) => role === 'hit')).toMatchObject({
      ok: 2,
      failures: { 'upstream failure': 2 },
      lastFailureMs: 400,
      longestGapMs: 880,
      isGapOpen: false,
    });
    expect(groups.find(({ role }) => role === 'other')).toMatchObject({
      ok: 3,
      failures: {},
      lastFailureMs: null,
      longestGapMs: 490,
    });
  });

  it('takes the gap of the shard that had the longest', () => {
    const recorder = new Recorder(0, [0, 1]);
    for (const ms of [100, 200, 300, 400]) recorder.ok(answered(0, ms));
    recorder.ok(answered(1, 250));
    expect(recorder.observed(400).groups[0]).toMatchObject({ longestGapMs: 250 });
  });

  it('knows a shard that never answered', () => {
    const recorder = new Recorder(0, [0]);
    recorder.expect('probe', 0);
    expect(recorder.observed(500).groups).toMatchObject([
      { ok: 0, longestGapMs: 500, isGapOpen: true, p50Ms: null },
    ]);
  });

  it('counts applications by the second', () => {
    const recorder = new Recorder(0, []);
    const application = { kind: 'application' as const };
    recorder.ok({ ...answered(0, 500, 4), ...application });
    recorder.failed({ ...probe(0, 600), ...application }, 'no');
    recorder.ok({ ...answered(0, 2500, 4), ...application });
    recorder.ok(answered(0, 2600));
    expect(recorder.observed(3000)).toMatchObject({
      seconds: 3,
      curve: [
        { ok: 1, failed: 1, p99Ms: 4 },
        { ok: 0, failed: 0, p99Ms: null },
        { ok: 1, failed: 0 },
      ],
    });
  });
});
