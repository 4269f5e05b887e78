/** The API server as a cache sees it, in memory: a list, a watch of what came after, and faults on demand. */
import type { Page, WatchOptions } from '../kube-client.ts';
import { Refused, Unanswered, type KubeError } from '../kube-error.ts';
import type { KubeObject } from '../kube-object.ts';
import type { WatchEvent } from '../watch-stream.ts';

const PAGE_SIZE = 2;

export class ObjectJournal {
  lists = 0;
  watches = 0;
  /** Each list and watch is refused with it. */
  fault: KubeError | undefined;
  readonly #objects = new Map<string, KubeObject>();
  readonly #events: WatchEvent[] = [];
  #version = 100;
  #oldest = 0;
  #more = Promise.withResolvers<undefined>();
  #ending = new AbortController();

  put(name: string, labels: Record<string, string> = {}): void {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    this.#record(type, { name, namespace: 'a', labels });
  }

  remove(name: string): void {
    this.#record('DELETED', { name, namespace: 'a' });
  }

  bookmark(): void {
    this.#record('BOOKMARK', { name: '' });
  }

  /** Ends all watches as the server does after their time. */
  endWatches(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  /** A watch from before now is refused. */
  forget(): void {
    this.#oldest = this.#version;
  }

  async *pages<T extends KubeObject>(): AsyncGenerator<Page<T>> {
    this.lists++;
    await Promise.resolve();
    if (this.fault) throw this.fault;
    const all = [...this.#objects.values()] as T[];
    const resourceVersion = String(this.#version);
    for (let at = 0; at === 0 || at < all.length; at += PAGE_SIZE) {
      yield { items: all.slice(at, at + PAGE_SIZE), resourceVersion };
    }
  }

  async *watch(_kind: unknown, options: WatchOptions): AsyncGenerator<WatchEvent> {
    this.watches++;
    if (this.fault) throw this.fault;
    let after = Number(options.resourceVersion);
    if (after < this.#oldest) throw new Refused('watch Pod', 410, { reason: 'Expired' });
    const ending = this.#ending.signal;
    while (!ending.aborted) {
      const more = this.#more.promise;
      const next = this.#events.filter(({ object }) => versionOf(object) > after);
      for (const event of next) yield event;
      after = this.#version;
      await Promise.race([more, aborted(ending), aborted(options.signal)]);
      if (options.signal.aborted) throw new Unanswered('watch Pod', 'the answer broke off');
    }
  }

  #record(type: WatchEvent['type'], metadata: KubeObject['metadata']): void {
    const resourceVersion = String(++this.#version);
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, resourceVersion } };
    if (type === 'DELETED') this.#objects.delete(metadata.name);
    else if (type !== 'BOOKMARK') this.#objects.set(metadata.name, object);
    this.#events.push({ type, object });
    this.#more.resolve(undefined);
    this.#more = Promise.withResolvers();
  }
}

function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  await promise;
}
