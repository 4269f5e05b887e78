/**
 * One look at one RedisCluster: one step, then its status. What it keeps in memory only saves work: what was done is
 * seen on the API server and at the configserver, and what was said stands in the status.
 */
import { ApiClient, HttpControlPlane } from '@keyfleet/api';
import {
  clusterId,
  FINALIZER,
  KubeError,
  KubePlatform,
  type ClusterPlace,
  type KubeClient,
  type OwnedObjects,
  type RedisCluster,
} from '@keyfleet/kube';
import { ClusterSpec, describeIssue } from '@keyfleet/lifecycle';
import type { Clock, Logger } from '@keyfleet/runtime';
import { statusAfterFailure, statusAfterStep } from '../status/cluster-status.ts';
import type { Reporter } from './reporter.ts';
import { takeStep } from './take-step.ts';

const AFTER_STEP_MS = 50;
const WAIT_MS = 250;
/** A step that stays the same is looked at less and less often: watches tell when something happens to its parts. */
const SAME_WAIT_MS_MAX = 2000;
const SAME_LOOKS_MAX = 30;
/** The watch tells of our own writes at once. Should it not, the next one is refused, and the cache lists again. */
const TOLD_MS = 2000;
/** For a deletion whose deadline passed while no operator was there: what can be done at once is done. */
const LATE_DELETION_MS = 30_000;

export type ReconcilerOptions = {
  readonly client: KubeClient;
  readonly objects: OwnedObjects;
  readonly resourceOf: (key: string) => RedisCluster | undefined;
  readonly reporter: Reporter;
  /** What a place has besides the resource. */
  readonly installation: Pick<
    ClusterPlace,
    'images' | 'configserverUrls' | 'imagePullPolicy' | 'imagePullSecrets'
  >;
  readonly deleteDeadlineMs: number;
  readonly resyncMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when another operator leads. */
  readonly signal: AbortSignal;
};

type Kept = {
  readonly uid: string;
  readonly generation: number;
  readonly platform: KubePlatform;
  readonly sinceMs: number;
  /** The last step, and how often it was planned in a row. */
  last: { readonly text: string; readonly times: number };
};

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #api: ApiClient;
  readonly #kept = new Map<string, Kept>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#api = new ApiClient(options.installation.configserverUrls, fetch);
  }

  /** Returns after how many ms to look again; null: when something changes. */
  async reconcile(key: string, signal: AbortSignal): Promise<number | null> {
    const resource = this.#options.resourceOf(key);
    if (!resource) {
      this.#forget(key);
      return null;
    }
    const isHeld = resource.metadata.finalizers?.includes(FINALIZER) ?? false;
    const isDeleting = resource.metadata.deletionTimestamp !== undefined;
    if (!isHeld) {
      return isDeleting ? null : this.#hold(resource, signal);
    }
    const spec = ClusterSpec.safeParse(resource.spec);
    if (spec.success) return this.#work(key, resource, spec.data, signal);
    // The CRD lets nothing through that the schema refuses, but it may be the CRD of another version.
    if (isDeleting) return this.#letGo(resource, signal);
    const lines = spec.error.issues.flatMap((issue) => describeIssue(issue, resource.spec, 'spec'));
    const error = `Cannot use the spec: ${lines.join('; ')}`;
    await this.#reportFailure(resource, { error, isFinal: true }, signal);
    return null;
  }

  async #work(
    key: string,
    resource: RedisCluster,
    spec: ClusterSpec,
    signal: AbortSignal,
  ): Promise<number | null> {
    const { clock, reporter, resyncMs } = this.#options;
    const { namespace = '', name, generation = 0 } = resource.metadata;
    const kept = this.#keptOf(key, resource, spec);
    const { platform } = kept;
    const task = {
      platform,
      controlPlane: new HttpControlPlane(this.#api, clusterId(namespace, name)),
      spec,
      deadlineMs: this.#deadlineOf(resource, kept),
      nowMs: () => clock.wallMs(),
    };
    const taken = await takeStep(task, signal).catch(async (error: unknown) => {
      await this.#reportFailure(resource, { error: messageOf(error), isFinal: false }, signal);
      throw error;
    });
    const { view, step, failure } = taken;
    const status = statusAfterStep({
      previous: reporter.statusOf(resource),
      place: { namespace, name, generation },
      seen: { ...view, stale: platform.staleServers() },
      step,
      isDeleting: task.deadlineMs !== null,
      error: failure ? failure.message : null,
      nowMs: clock.wallMs(),
    });
    const reported = await reporter.report(resource, status, step, signal);
    if (failure) throw failure;
    if (step.do === 'finish') return this.#letGo(reported, signal);
    return step.do === 'nothing' ? resyncMs : this.#waitAfter(kept, step);
  }

  #waitAfter(kept: Kept, step: { readonly do: string; readonly because: string }): number {
    const text = `${step.do}: ${step.because}`;
    const times = kept.last.text === text ? kept.last.times + 1 : 0;
    kept.last = { text, times };
    if (times >= SAME_LOOKS_MAX) return this.#options.resyncMs;
    const firstMs = step.do === 'wait' ? WAIT_MS : AFTER_STEP_MS;
    return Math.min(firstMs * 2 ** times, SAME_WAIT_MS_MAX);
  }

  /** The same while uid and generation are: it remembers what it rendered. */
  #keptOf(key: string, { metadata }: RedisCluster, spec: ClusterSpec): Kept {
    const { namespace = '', name, uid = '', generation = 0 } = metadata;
    const known = this.#kept.get(key);
    if (known?.uid === uid && known.generation === generation) return known;
    if (known?.uid !== uid) {
      this.#forget(key);
      this.#options.log.info({ key, uid }, 'cluster seen');
    }
    const { client, clock, objects, installation, signal } = this.#options;
    const place = { namespace, name, uid, spec, ...installation };
    const platform = new KubePlatform({ place, objects, client, signal });
    const last = { text: '', times: 0 };
    const kept = { uid, generation, platform, sinceMs: clock.wallMs(), last };
    this.#kept.set(key, kept);
    return kept;
  }

  /** A deletion is another generation. */
  #deadlineOf({ metadata }: RedisCluster, { sinceMs }: Kept): number | null {
    const { deletionTimestamp } = metadata;
    if (deletionTimestamp === undefined) return null;
    const dueMs = Date.parse(deletionTimestamp) + this.#options.deleteDeadlineMs;
    return Math.max(dueMs, sinceMs + LATE_DELETION_MS);
  }

  async #hold(resource: RedisCluster, signal: AbortSignal): Promise<number> {
    const finalizers = [...(resource.metadata.finalizers ?? []), FINALIZER];
    await this.#options.client.setFinalizers(resource, finalizers, { signal });
    return TOLD_MS;
  }

  async #letGo(resource: RedisCluster, signal: AbortSignal): Promise<number> {
    const finalizers = resource.metadata.finalizers?.filter((each) => each !== FINALIZER) ?? [];
    await this.#options.client
      .setFinalizers(resource, finalizers, { signal })
      .catch((error: unknown) => {
        // An earlier look did it, and the watch has not told yet.
        if (!(error instanceof KubeError && error.code === 'NOT_FOUND')) throw error;
      });
    return TOLD_MS;
  }

  async #reportFailure(
    resource: RedisCluster,
    failure: { readonly error: string; readonly isFinal: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { reporter, clock } = this.#options;
    const { namespace = '', name, generation = 0 } = resource.metadata;
    const status = statusAfterFailure({
      previous: reporter.statusOf(resource),
      place: { namespace, name, generation },
      isDeleting: resource.metadata.deletionTimestamp !== undefined,
      ...failure,
      nowMs: clock.wallMs(),
    });
    await reporter.report(resource, status, { do: 'observe', because: failure.error }, signal);
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#options.reporter.forget(kept.uid);
    this.#kept.delete(key);
    this.#options.log.info({ key, uid: kept.uid }, 'cluster gone');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
