/**
 * Whether a proxy of several clusters may be sent traffic. At its start it waits for each of them, and not for long: one that
 * is away, or was added, makes no proxy unready; the others have theirs, and all proxies would be.
 */
import type { DataPlane } from '../workers/data-plane.ts';

const PATIENCE_MS = 10_000;

type Planes = ReadonlyMap<string, Pick<DataPlane, 'notReadyBecause'>>;

export class Standing {
  readonly #monotonicMs: () => number;
  readonly #failureOf: (cluster: string) => string;
  readonly #sinceMs: number;
  #wasReady = false;

  /** `failureOf`: why an upstream is not found; empty: it is. */
  constructor(monotonicMs: () => number, failureOf: (cluster: string) => string) {
    this.#monotonicMs = monotonicMs;
    this.#failureOf = failureOf;
    this.#sinceMs = monotonicMs();
  }

  /** Of one cluster; null: ready. */
  reasonOf(cluster: string, plane: Pick<DataPlane, 'notReadyBecause'>): string | null {
    const because = plane.notReadyBecause();
    const failure = this.#failureOf(cluster);
    return because === null || failure === '' ? because : `${because}: ${failure}`;
  }

  /** Of all; null: ready. */
  notReadyBecause(planes: Planes): string | null {
    const reasons = [...planes].flatMap(([cluster, plane]) => {
      const because = this.reasonOf(cluster, plane);
      return because === null ? [] : [{ cluster, because }];
    });
    this.#wasReady ||= reasons.length === 0 || this.#monotonicMs() - this.#sinceMs > PATIENCE_MS;
    if (reasons.length === 0 || (this.#wasReady && reasons.length < planes.size)) return null;
    if (planes.size === 1) return reasons[0]!.because;
    return reasons.map(({ cluster, because }) => `${cluster}: ${because}`).join('; ');
  }
}
