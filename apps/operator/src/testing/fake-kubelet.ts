/**
 * Plays the kubelet for one namespace of a real API server that has no node for its pods: each pod is a few processes
 * of this machine with a loopback address of its own (Linux has 2^24 of them), so that stock servers and our programs
 * run in it at their true ports. Controllers and API are the real ones.
 */
import { setMaxListeners } from 'node:events';
import type { Pod } from './local-pod.ts';
import { PodRun, type PodHost } from './pod-run.ts';
import { unlessAborted } from './until.ts';

const kind = { apiVersion: 'v1', kind: 'Pod' };
const WATCH_SECONDS = 300;

export class FakeKubelet implements AsyncDisposable {
  readonly #host: PodHost;
  readonly #pods = new Map<string, PodRun>();
  readonly #all: PodRun[] = [];
  /** The end of the last pod of each name: what it used may be used again then. */
  readonly #ends = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #following: Promise<void>;

  constructor(host: PodHost) {
    this.#host = host;
    setMaxListeners(0, this.#stopped.signal);
    this.#following = unlessAborted(this.#follow(this.#stopped.signal), this.#stopped.signal);
    this.#following.catch(() => undefined); // told at the end
  }

  /** Of all pods, also those that are gone. */
  get log(): string {
    return this.#all.map(({ name, log }) => `== ${name}\n${log}`).join('\n');
  }

  /** Ends all processes; the pods stay on the API server, as after the death of a machine. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#following;
    for (const pod of this.#pods.values()) this.#end(pod);
    await Promise.all(this.#ends.values());
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#host;
    while (!signal.aborted) {
      let resourceVersion = '';
      for await (const page of client.pages<Pod>(kind, { namespace }, { signal })) {
        for (const pod of page.items) this.#see(pod, false);
        ({ resourceVersion } = page);
      }
      const options = { namespace, resourceVersion, timeoutSeconds: WATCH_SECONDS, signal };
      for await (const event of client.watch(kind, options)) this.#learn(event);
    }
  }

  #learn({ type, object }: { type: string; object: unknown }): void {
    if (type === 'BOOKMARK') return;
    if (type === 'ERROR') throw new Error(`Cannot follow pods: ${JSON.stringify(object)}`);
    this.#see(object as Pod, type === 'DELETED');
  }

  /** A pod without a node is deleted at once. */
  #see(pod: Pod, isGone: boolean): void {
    const { uid, name } = pod.metadata;
    const run = this.#pods.get(uid!);
    if (isGone && run) this.#end(run);
    if (isGone || run) return;
    const started = new PodRun(this.#host, pod, this.#ends.get(name) ?? Promise.resolve());
    this.#pods.set(uid!, started);
    this.#all.push(started);
  }

  #end(run: PodRun): void {
    this.#pods.delete(run.uid);
    this.#ends.set(run.name, run.end());
  }
}
