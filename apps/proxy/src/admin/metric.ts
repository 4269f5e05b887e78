/** Metrics that are read, when somebody asks, from what the code counts anyway. */
import { Counter, Gauge, type Aggregator, type Registry } from 'prom-client';

type Reading = {
  help: string;
  read: () => number;
  /** What one figure of several workers' is. */
  ofWorkers?: Aggregator;
};

export type NamedReading = Reading & { readonly name: string };

export function addGauge(
  registry: Registry,
  name: string,
  { help, read, ofWorkers = 'sum' }: Reading,
): void {
  new Gauge({
    name: `keyfleet_proxy_${name}`,
    help,
    aggregator: ofWorkers,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

export function addCounter(registry: Registry, name: string, { help, read }: Reading): void {
  new Counter({
    name: `keyfleet_proxy_${name}_total`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
