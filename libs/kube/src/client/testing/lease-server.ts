/** What the API server does for Leases, in memory: locks by version, and clients that can be cut off from it. */
import type { Clock } from '@keyfleet/runtime';
import type { KubeClient } from '../kube-client.ts';
import { Refused, Unanswered } from '../kube-error.ts';
import type { Lease } from '../election/lease.ts';

/** `slow`: done at once, but the answer takes 4 s. */
export type LeaseFault = 'cut' | 'answer lost' | 'hangs' | 'slow';

export class LeaseServer {
  lease: Lease | undefined;
  /** By client. */
  readonly faults = new Map<string, LeaseFault>();
  readonly #clock: Clock;
  #version = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  clientOf(name: string): Pick<KubeClient, 'get' | 'create' | 'replace'> {
    const call = async (work: () => Lease | undefined, signal: AbortSignal | undefined) => {
      const fault = this.faults.get(name);
      if (fault === 'hangs') await this.#clock.sleep(5_000, signal);
      if (fault === 'hangs' || fault === 'cut') throw new Unanswered('use the Lease', 'cut');
      await Promise.resolve();
      const result = work();
      if (fault === 'slow') await this.#clock.sleep(4_000, signal);
      if (fault === 'answer lost') throw new Unanswered('use the Lease', 'the answer was lost');
      return result as never;
    };
    return {
      get: (_ref, options) => call(() => this.lease, options?.signal),
      create: (lease, options) => call(() => this.#create(lease), options?.signal),
      replace: (lease, options) => call(() => this.#replace(lease), options?.signal),
    };
  }

  #create(lease: Lease): Lease {
    if (this.lease) throw new Refused('create Lease', 409, { reason: 'AlreadyExists' });
    return this.#store(lease);
  }

  #replace(lease: Lease): Lease {
    if (!this.lease) throw new Refused('replace Lease', 404, { reason: 'NotFound' });
    if (this.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      throw new Refused('replace Lease', 409, { reason: 'Conflict' });
    }
    return this.#store(lease);
  }

  #store(lease: Lease): Lease {
    const metadata = { ...lease.metadata, resourceVersion: String(++this.#version) };
    this.lease = { ...lease, metadata };
    return this.lease;
  }
}
