import { ApiError, ApiUnreachable, routes, type ApiClient, type Operation } from '@keyfleet/api';
import type { CreateStep } from '@keyfleet/lifecycle';
import type { Clock } from '@keyfleet/runtime';

/** Tells the configserver what the platform is doing, at each change of step, until the cluster is up. */
export class OperationRecord {
  readonly #client: ApiClient;
  readonly #cluster: string;
  readonly #clock: Clock;
  #written = '';

  constructor(client: ApiClient, cluster: string, clock: Clock) {
    this.#client = client;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** A record that cannot be written now is written with the next step: it informs, nothing depends on it. */
  async write(step: CreateStep, signal: AbortSignal): Promise<void> {
    const text = `${step.do}: ${step.because}`;
    if (text === this.#written) return;
    const body: Operation = {
      type: 'Create',
      step: step.do === 'wait' ? `wait for ${step.for}` : step.do,
      because: step.because,
      sinceMs: this.#clock.wallMs(),
      done: step.do === 'nothing',
      blockedBy: null,
      lastError: null,
    };
    try {
      const params = { cluster: this.#cluster };
      await this.#client.call(routes.putOperation, { params, body, signal });
      this.#written = text;
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof ApiUnreachable)) throw error;
    }
  }
}
