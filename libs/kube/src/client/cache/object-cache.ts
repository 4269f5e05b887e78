/** All objects of one kind, kept up to date by a list and a watch. What is read from it may be a moment old. */
import type { Clock, Logger } from '@keyfleet/runtime';
import { backoffMs, type Backoff } from '../backoff.ts';
import type { KubeClient, Selection } from '../kube-client.ts';
import { KubeError } from '../kube-error.ts';
import { nameOf, type Kind, type KubeObject, type ObjectRef } from '../kube-object.ts';
import { Reminder } from '../reminder.ts';
import type { WatchEvent } from '../watch-stream.ts';
import { Doubts } from './doubts.ts';
import { ObjectTable, type Change, type ChangeKind } from './object-table.ts';
import { reduce, start, type Happening, type Position } from './watch-position.ts';

const BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 };
/** The server sends a bookmark every minute, so a watch of a kind where nothing happens is not silent. */
const SILENCE_MS = 80_000;
/** The server ends a watch after a time between this and its double, so that not all caches come again at once. */
const WATCH_SECONDS_MIN = 300;

export type CacheListener<T> = (object: T, change: ChangeKind) => void;

export type CacheOptions<T> = {
  readonly client: Pick<KubeClient, 'pages' | 'watch' | 'onMismatch'>;
  readonly kind: Kind;
  readonly selection?: Selection;
  /** What is kept of each object; without it all but its managedFields. */
  readonly project?: (object: KubeObject) => T;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly silenceMs?: number;
};

export class ObjectCache<T = KubeObject> {
  /** Resolves when all objects are there for the first time, or when the cache was stopped before. */
  readonly synced: Promise<void>;
  readonly #options: CacheOptions<T>;
  readonly #table: ObjectTable<T>;
  readonly #listeners = new Set<CacheListener<T>>();
  readonly #stopping = new AbortController();
  readonly #setSynced: (value?: undefined) => void;
  readonly #doubts: Doubts;
  readonly #reminder: Reminder;
  #position: Position = start;
  #isSynced = false;
  #heardAtMs = 0;
  /** Ends the watch that is open; the reason says what happened. */
  #ending: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CacheOptions<T>) {
    const { project = (object) => object as T } = options;
    this.#options = options;
    this.#table = new ObjectTable(project);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.synced = promise;
    this.#setSynced = resolve;
    this.#reminder = new Reminder(options.clock);
    this.#doubts = new Doubts({
      clock: options.clock,
      signal: this.#stopping.signal,
      versionOf: ({ metadata }) => this.#table.versionOf(metadata.namespace, metadata.name),
      listAgain: (ref) => this.#listAgain(ref),
    });
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get size(): number {
    return this.#table.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#table.get(namespace, name);
  }

  all(): Iterable<T> {
    return this.#table.all();
  }

  /** A listener hears of each object at least once; it must not throw. Returns how to stop listening. */
  onChange(listener: CacheListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#setSynced();
  }

  async #run(): Promise<void> {
    const { client, clock, random } = this.#options;
    const { signal } = this.#stopping;
    const stopListening = client.onMismatch((ref) => {
      if (this.#isOurs(ref)) this.#doubts.add(ref);
    });
    while (!signal.aborted) {
      const { isPaced, failures } = this.#position;
      if (isPaced) await clock.sleep(backoffMs(failures, BACKOFF, random), signal);
      const happening = await this.#step(signal);
      this.#position = reduce(this.#position, happening);
    }
    stopListening();
  }

  async #step(signal: AbortSignal): Promise<Happening> {
    try {
      signal.throwIfAborted();
      return await (this.#position.next === 'list' ? this.#list(signal) : this.#watch(signal));
    } catch (error) {
      if (signal.aborted) return { what: 'ended' };
      // Anything else is a bug, here or in a listener.
      if (!(error instanceof KubeError)) throw error;
      this.#logFailure(error);
      return { what: 'failed', error };
    }
  }

  async #list(signal: AbortSignal): Promise<Happening> {
    const { client, kind, selection } = this.#options;
    const relisting = this.#table.relist();
    let resourceVersion = '';
    for await (const page of client.pages(kind, selection, { signal })) {
      relisting.add(page.items);
      ({ resourceVersion } = page);
    }
    for (const change of relisting.finish()) this.#tell(change);
    this.#isSynced = true;
    this.#setSynced();
    return { what: 'listed', resourceVersion };
  }

  async #watch(stopping: AbortSignal): Promise<Happening> {
    const { client, kind, selection, random } = this.#options;
    const { resourceVersion } = this.#position;
    const timeoutSeconds = Math.round(WATCH_SECONDS_MIN * (1 + random()));
    const ending = new AbortController();
    const done = new AbortController();
    const signal = AbortSignal.any([stopping, ending.signal]);
    this.#ending = ending;
    void this.#listenFor(ending, AbortSignal.any([signal, done.signal]));
    try {
      await this.#follow(
        client.watch(kind, { ...selection, resourceVersion, timeoutSeconds, signal }),
      );
    } catch (error) {
      if (!ending.signal.aborted) throw error;
    } finally {
      done.abort();
      this.#ending = undefined;
    }
    return ending.signal.aborted ? (ending.signal.reason as Happening) : { what: 'ended' };
  }

  async #follow(watch: AsyncIterable<WatchEvent>): Promise<void> {
    for await (const { type, object } of watch) {
      this.#heardAtMs = this.#options.clock.monotonicMs();
      const { resourceVersion = '' } = object.metadata;
      this.#position = reduce(this.#position, { what: 'event', resourceVersion });
      this.#reminder.clear();
      if (type === 'BOOKMARK') continue;
      const changes = type === 'DELETED' ? this.#table.remove(object) : this.#table.put(object);
      for (const change of changes) this.#tell(change);
    }
  }

  /** A connection whose other end is gone says nothing, and would be believed for ever. */
  async #listenFor(ending: AbortController, signal: AbortSignal): Promise<void> {
    const { clock, silenceMs = SILENCE_MS, kind, log } = this.#options;
    this.#heardAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      const leftMs = this.#heardAtMs + silenceMs - clock.monotonicMs();
      if (leftMs <= 0) {
        log.warn({ kind: kind.kind, silenceMs }, 'watch is silent, opened again');
        ending.abort({ what: 'silent' } satisfies Happening);
      }
      await clock.sleep(leftMs, signal);
    }
  }

  #listAgain(ref: ObjectRef): void {
    this.#options.log.warn({ object: nameOf(ref) }, 'watch has not told of a change, listed again');
    const doubted: Happening = { what: 'doubted' };
    this.#position = reduce(this.#position, doubted);
    this.#ending?.abort(doubted);
  }

  #isOurs({ apiVersion, kind }: ObjectRef): boolean {
    const { kind: ours } = this.#options;
    return apiVersion === ours.apiVersion && kind === ours.kind;
  }

  #logFailure(error: KubeError): void {
    const { log, kind } = this.#options;
    if (this.#reminder.isDue(error.message))
      log.warn({ kind: kind.kind, err: error }, 'watch failed');
  }

  #tell({ object, kind }: Change<T>): void {
    for (const listener of this.#listeners) listener(object, kind);
  }
}
