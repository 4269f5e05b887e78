/**
 * The metrics of a proxy with workers, as one: sums, unless a metric says otherwise. What workers that died had counted
 * stays in the sums, as it was when somebody last asked: a counter that falls would look like a burst of requests.
 */
import { AggregatorRegistry, Registry } from 'prom-client';
import type { Metrics } from './messages.ts';

export class PooledRegistry extends Registry {
  readonly #ofWorkers: () => Promise<readonly Metrics[]>;
  /** Counters of workers that died. */
  #former: Promise<Metrics> = Promise.resolve([]);

  constructor(ofWorkers: () => Promise<readonly Metrics[]>) {
    super();
    this.#ofWorkers = ofWorkers;
  }

  override async getMetricsAsJSON(): Promise<Metrics> {
    const [own, workers] = await Promise.all([super.getMetricsAsJSON(), this.#ofWorkers()]);
    const former = await this.#former;
    return AggregatorRegistry.aggregate([ownPart(own), former, ...workers]).getMetricsAsJSON();
  }

  /** A worker died that had counted so much. */
  retire(metrics: Metrics): void {
    const counted = metrics.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
    this.#former = this.#former.then((former) =>
      AggregatorRegistry.aggregate([former, counted]).getMetricsAsJSON(),
    );
  }
}

/** Of the process that serves nothing: what it uses and since when it runs, not how fast its event loop turns. */
function ownPart(metrics: Metrics): Metrics {
  return metrics.flatMap((metric) => {
    if (metric.aggregator === 'omit') return [{ ...metric, aggregator: 'first' as const }];
    return metric.aggregator === 'sum' ? [metric] : [];
  });
}
