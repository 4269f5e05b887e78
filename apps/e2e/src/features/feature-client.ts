/** What makes one big Redis of many, as a client library offers it: each driver does it in the way of its library. */
import type { Server } from '../raw-client.ts';

export type Heard = { readonly channel: string; readonly message: string };

export type FeatureClient = AsyncDisposable & {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  push(list: string, value: string): Promise<unknown>;
  /** The list that had an element, and the element; null: there was none in time. */
  blockingPop(lists: readonly string[], timeoutSeconds: number): Promise<readonly string[] | null>;
  /** What MULTI, SET of the one, INCR of the other, GET of the one, EXEC answer. */
  transaction(key: string, value: string, counter: string): Promise<readonly unknown[] | null>;
  /** WATCH, `meanwhile`, and a transaction that sets the key; false: it was aborted. */
  setWatched(key: string, value: string, meanwhile: () => Promise<unknown>): Promise<boolean>;
  /** Runs it by its digest where the library does so. */
  script(source: string, key: string, argument: string): Promise<unknown>;
  forgetScripts(): Promise<unknown>;
  /** All keys that match, as the library goes over them. */
  scan(match: string): Promise<string[]>;
  publish(channel: string, message: string): Promise<unknown>;
  /** On a connection of its own, which ends with the client; resolves when it is subscribed. */
  listen(channel: string, pattern: string, hear: (heard: Heard) => void): Promise<void>;
};

export type FeatureDriver = {
  readonly name: string;
  connect(server: Server, version: 2 | 3): Promise<FeatureClient>;
};
