/** Second by second, as Markdown. Pure. */
import { spread } from '../../report/figures.ts';
import { table } from '../../report/table.ts';
import type { Second } from '../figures/recorder.ts';
import type { Sample } from './cluster-run.ts';

/** Medians over the rounds, of the whole seconds that all rounds have. */
export function secondTable(samples: readonly Sample[], candidates: readonly string[]): string[] {
  const events = samples.filter(({ phase, curve }) => phase === 'event' && curve.length > 0);
  const shown = candidates.filter((name) => events.some(({ candidate }) => candidate === name));
  const seconds = Math.min(...events.map((event) => Math.floor(event.seconds)));
  if (!Number.isFinite(seconds) || seconds === 0) return [];
  const rows = Array.from({ length: seconds }, (_, at) => [
    String(at + 1),
    ...shown.map((name) =>
      written(events.filter(({ candidate }) => candidate === name).map(({ curve }) => curve[at])),
    ),
  ]);
  const title = 'second: OK · failed · p99, ms (applications of all shards)';
  return ['', ...table([title, ...shown], rows, 1)];
}

/** A candidate that was silent to the end has no second there. */
function written(seconds: readonly (Second | undefined)[]): string {
  const ok = median(seconds.map((second) => second?.ok ?? 0));
  const failed = median(seconds.map((second) => second?.failed ?? 0));
  const p99s = seconds.map((second) => second?.p99Ms ?? null).filter((ms) => ms !== null);
  const p99 = p99s.length === 0 ? '–' : median(p99s).toFixed(0);
  return `${ok.toFixed(0)} · ${failed.toFixed(0)} · ${p99}`;
}

function median(values: readonly number[]): number {
  return spread(values).median;
}
