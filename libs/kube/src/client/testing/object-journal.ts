/** The API server as a cache sees it, in memory: a list, a watch of what came after, and faults on demand. */
import type { MismatchListener, Page, WatchOptions } from '../kube-client.ts';
import { Refused, Unanswered, type KubeError } from '../kube-error.ts';
import type { KubeObject } from '../kube-object.ts';
import type { WatchEvent } from '../watch-stream.ts';

const PAGE_SIZE = 2;
const kind = { apiVersion: 'v1', kind: 'Pod' };

export class ObjectJournal {
  lists = 0;
  watches = 0;
  /** Each list and watch is refused with it. */
  fault: KubeError | undefined;
  /** Watches that are open then, and those that are opened, tell nothing: not even that they end. */
  isMute = false;
  readonly #objects = new Map<string, KubeObject>();
  readonly #events: WatchEvent[] = [];
  #version = 100;
  #oldest = 0;
  #more = Promise.withResolvers<undefined>();
  #ending = new AbortController();
  #mismatched: MismatchListener | undefined;

  put(name: string, labels: Record<string, string> = {}): void {
    const known = this.#objects.get(name);
    const uid = known?.metadata.uid ?? `${name}-${this.#version}`;
    this.#record(known ? 'MODIFIED' : 'ADDED', { name, namespace: 'a', uid, labels });
  }

  remove(name: string): void {
    const { uid } = this.#objects.get(name)!.metadata;
    this.#record('DELETED', { name, namespace: 'a', ...(uid !== undefined && { uid }) });
  }

  /** A call about it was refused, as it is with the API server when it is another than was thought. */
  refuse(name: string): void {
    this.#mismatched?.({ ...kind, metadata: { name, namespace: 'a' } });
  }

  bookmark(): void {
    this.#record('BOOKMARK', { name: '' });
  }

  get all(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  onMismatch(listener: MismatchListener): () => void {
    this.#mismatched = listener;
    return () => (this.#mismatched = undefined);
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
      for (const event of this.isMute ? [] : next) {
        yield event;
        after = versionOf(event.object);
      }
      await (this.isMute
        ? aborted(options.signal)
        : Promise.race([more, aborted(ending), aborted(options.signal)]));
      if (options.signal.aborted) throw new Unanswered('watch Pod', 'the answer broke off');
    }
  }

  #record(type: WatchEvent['type'], metadata: KubeObject['metadata']): void {
    const resourceVersion = String(++this.#version);
    const object = { ...kind, metadata: { ...metadata, resourceVersion } };
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
