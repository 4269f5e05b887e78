/** What the clients of one candidate saw in one phase. Pure: what time it is, it is told. */
import type { ClientKind } from '../load/client-plan.ts';
import { Histogram } from './histogram.ts';
import { OkGaps } from './ok-gaps.ts';

/** Shards that the event is about, and the others. */
export type Role = 'hit' | 'other';

export type Group = {
  readonly kind: ClientKind;
  readonly role: Role;
  readonly ok: number;
  /** How many of each kind. */
  readonly failures: Readonly<Record<string, number>>;
  /** Behind the start; null: nothing failed. */
  readonly lastFailureMs: number | null;
  /** From one OK to the next of the same shard, at the shard where it was longest. */
  readonly longestGapMs: number;
  /** That shard answered no more until the end. */
  readonly isGapOpen: boolean;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly mostMs: number;
};

/** All clients of all shards, in one second. */
export type Second = {
  readonly ok: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
};

export type Observed = {
  readonly seconds: number;
  readonly groups: readonly Group[];
  /** Of applications. */
  readonly curve: readonly Second[];
};

type Ended = { readonly kind: ClientKind; readonly shard: number; readonly nowMs: number };
type Answered = Ended & { readonly sentMs: number; readonly everyMs: number };
type Counts = {
  readonly kind: ClientKind;
  readonly role: Role;
  readonly latencies: Histogram;
  readonly failures: Map<string, number>;
  readonly gaps: Map<number, OkGaps>;
  ok: number;
  lastFailureMs: number | null;
};
type SecondCounts = { ok: number; failed: number; readonly latencies: Histogram };

const CURVE_KIND: ClientKind = 'application';

export class Recorder {
  readonly #startMs: number;
  readonly #hit: readonly number[];
  readonly #counts = new Map<string, Counts>();
  readonly #curve: SecondCounts[] = [];

  constructor(startMs: number, hit: readonly number[]) {
    this.#startMs = startMs;
    this.#hit = hit;
  }

  /** A shard whose clients never had an OK is only known to be out if it is expected. */
  expect(kind: ClientKind, shard: number): void {
    this.#gapsOf({ kind, shard });
  }

  ok({ sentMs, everyMs, ...ended }: Answered): void {
    const latencyMs = ended.nowMs - sentMs;
    const counts = this.#countsOf(ended);
    counts.ok++;
    counts.latencies.recordPaced(latencyMs, everyMs);
    this.#gapsOf(ended).ok(ended.nowMs);
    const second = this.#secondOf(ended);
    if (second === null) return;
    second.ok++;
    second.latencies.record(latencyMs);
  }

  failed(ended: Ended, kind: string): void {
    const counts = this.#countsOf(ended);
    counts.failures.set(kind, (counts.failures.get(kind) ?? 0) + 1);
    counts.lastFailureMs = ended.nowMs - this.#startMs;
    const second = this.#secondOf(ended);
    if (second !== null) second.failed++;
  }

  observed(endMs: number): Observed {
    return {
      seconds: (endMs - this.#startMs) / 1000,
      groups: [...this.#counts.values()].map((counts) => groupOf(counts, endMs)),
      curve: this.#curve.map(({ ok, failed, latencies }) => ({
        ok,
        failed,
        p50Ms: latencies.percentile(50),
        p99Ms: latencies.percentile(99),
      })),
    };
  }

  #countsOf({ kind, shard }: Pick<Ended, 'kind' | 'shard'>): Counts {
    const role: Role = this.#hit.includes(shard) ? 'hit' : 'other';
    const name = `${kind} ${role}`;
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    const counts: Counts = {
      ...{ kind, role, ok: 0, lastFailureMs: null },
      ...{ latencies: new Histogram(), failures: new Map(), gaps: new Map() },
    };
    this.#counts.set(name, counts);
    return counts;
  }

  #gapsOf(of: Pick<Ended, 'kind' | 'shard'>): OkGaps {
    const { gaps } = this.#countsOf(of);
    const known = gaps.get(of.shard);
    if (known !== undefined) return known;
    const added = new OkGaps(this.#startMs);
    gaps.set(of.shard, added);
    return added;
  }

  #secondOf({ kind, nowMs }: Ended): SecondCounts | null {
    if (kind !== CURVE_KIND) return null;
    const at = Math.floor((nowMs - this.#startMs) / 1000);
    while (this.#curve.length <= at)
      this.#curve.push({ ok: 0, failed: 0, latencies: new Histogram() });
    return this.#curve[at]!;
  }
}

function groupOf(counts: Counts, endMs: number): Group {
  const { kind, role, ok, latencies, failures, lastFailureMs } = counts;
  const gaps = [...counts.gaps.values()].map((each) => each.longest(endMs));
  const longest = gaps.reduce((a, b) => (b.ms > a.ms ? b : a));
  return {
    ...{ kind, role, ok, lastFailureMs },
    failures: Object.fromEntries(failures),
    longestGapMs: longest.ms,
    isGapOpen: longest.isOpen,
    p50Ms: latencies.percentile(50),
    p99Ms: latencies.percentile(99),
    p999Ms: latencies.percentile(99.9),
    mostMs: latencies.mostMs,
  };
}
