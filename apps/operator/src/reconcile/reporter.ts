/** Says what was seen and done: the resource's status, Events, one log line per decision. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient, RedisCluster, RedisClusterStatus } from '@keyfleet/kube';
import type { Logger } from '@keyfleet/runtime';
import type { Step } from '../status/cluster-status.ts';
import { eventsOf, type Told } from '../status/story.ts';

export type ReporterOptions = {
  readonly client: Pick<KubeClient, 'applyStatus'>;
  readonly events: { record(about: RedisCluster, told: Told): void };
  readonly log: Logger;
};

export class Reporter {
  readonly #options: ReporterOptions;
  /** By uid: newer than what the watch has brought back. */
  readonly #said = new Map<string, RedisClusterStatus>();
  readonly #logged = new Map<string, string>();

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  statusOf(resource: RedisCluster): RedisClusterStatus | undefined {
    return this.#said.get(uidOf(resource)) ?? resource.status;
  }

  /** Returns the resource as it is then. */
  async report(
    resource: RedisCluster,
    status: RedisClusterStatus,
    step: Step,
    signal: AbortSignal,
  ): Promise<RedisCluster> {
    const before = this.statusOf(resource);
    this.#logStep(resource, step);
    for (const told of eventsOf({ before, after: status, step }))
      this.#options.events.record(resource, told);
    if (isDeepStrictEqual(before, status)) return resource;
    const { apiVersion, kind, metadata } = resource;
    const said = { apiVersion, kind, metadata, status };
    const written = await this.#options.client.applyStatus(said, { signal });
    this.#said.set(uidOf(resource), status);
    return written;
  }

  forget(uid: string): void {
    this.#said.delete(uid);
    this.#logged.delete(uid);
  }

  /** A step that is planned again and again is logged once. */
  #logStep(resource: RedisCluster, step: Step): void {
    const text = `${step.do}: ${step.because}`;
    if (this.#logged.get(uidOf(resource)) === text) return;
    this.#logged.set(uidOf(resource), text);
    const { namespace, name } = resource.metadata;
    const { do: act, because } = step;
    this.#options.log.info(
      { key: `${namespace ?? ''}/${name}`, step: act, because },
      'step planned',
    );
  }
}

function uidOf({ metadata }: RedisCluster): string {
  return metadata.uid ?? '';
}
