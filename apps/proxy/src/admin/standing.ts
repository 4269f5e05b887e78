/**
 * Whether a proxy of several clusters may be sent traffic. At its start it waits for each of them, and not for long: one that
 * is away, or was added, makes no proxy unready; the others have theirs, and all proxies would be.
 */
import type { DataPlane } from '../workers/data-plane.ts';

const PATIENCE_MS = 10_000;

type Planes = ReadonlyMap<string, Pick<DataPlane, 'notReadyBecause'>>;

export class Standing {
  readonly #monotonicMs: () => number;
  readonly #sinceMs: number;
  #wasReady = false;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#sinceMs = monotonicMs();
  }

  /** Null: ready. */
  notReadyBecause(planes: Planes): string | null {
    const reasons = [...planes].flatMap(([cluster, plane]) => {
      const because = plane.notReadyBecause();
      return because === null ? [] : [{ cluster, because }];
    });
    this.#wasReady ||= reasons.length === 0 || this.#monotonicMs() - this.#sinceMs > PATIENCE_MS;
    if (reasons.length === 0 || (this.#wasReady && reasons.length < planes.size)) return null;
    if (planes.size === 1) return reasons[0]!.because;
    return reasons.map(({ cluster, because }) => `${cluster}: ${because}`).join('; ');
  }
}
