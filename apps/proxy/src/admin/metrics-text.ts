import { AggregatorRegistry } from 'prom-client';
import type { DataPlanes } from '../workers/data-planes.ts';
import type { Metrics } from '../workers/messages.ts';

/** All that a proxy counts. Where it serves several clusters, what is of one says so. */
export async function metricsText({
  registry,
  planes,
}: Pick<DataPlanes, 'registry' | 'planes'>): Promise<string> {
  const [ofProcess, ...ofClusters] = await Promise.all([
    registry.getMetricsAsJSON(),
    ...[...planes].map(async ([cluster, plane]) => {
      const metrics = await plane.registry.getMetricsAsJSON();
      return planes.size > 1 ? labelled(metrics, cluster) : metrics;
    }),
  ]);
  return AggregatorRegistry.aggregate([ofProcess.map(kept), ...ofClusters]).metrics();
}

function labelled(metrics: Metrics, cluster: string): Metrics {
  return metrics.map((metric) => {
    const { values } = metric as unknown as { values: { labels: object }[] };
    const of = values.map((value) => ({ ...value, labels: { ...value.labels, cluster } }));
    return { ...metric, values: of } as unknown as Metrics[number];
  });
}

/** There is one process here: nothing of it needs to be left out of a sum. */
function kept(metric: Metrics[number]): Metrics[number] {
  return metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric;
}
