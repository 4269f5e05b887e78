/**
 * Says what happened to an object where people look: `kubectl describe`. Events are of core/v1, whose count and times
 * every kubectl shows. They are a courtesy: one that cannot be written is logged and forgotten.
 */
import type { Clock, Logger } from '@keyfleet/runtime';
import type { KubeClient } from '../kube-client.ts';
import { KubeError } from '../kube-error.ts';
import type { KubeObject, ObjectRef } from '../kube-object.ts';
import { Reminder } from '../reminder.ts';
import { EventMemory, type EventFacts, type KnownEvent } from './event-memory.ts';

const PENDING_MAX = 256;
const MESSAGE_LENGTH_MAX = 1_024;
/** The name of an object and a suffix make the name of an Event, of at most 253 characters. */
const OBJECT_NAME_LENGTH_MAX = 230;
const WRITE_MS_MAX = 5_000;
const STOP_MS_MAX = 2_000;

export type RecorderOptions = {
  readonly client: Pick<KubeClient, 'create' | 'merge'>;
  /** Who says it, as `keyfleet-operator`. */
  readonly component: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
};

type Pending = {
  readonly object: KubeObject;
  readonly facts: EventFacts;
  /** When it happened. */
  readonly atMs: number;
};

export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #memory = new EventMemory();
  readonly #pending: Pending[] = [];
  readonly #stopping = new AbortController();
  #writing: Promise<void> | undefined;
  readonly #reminder: Reminder;
  #made = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#reminder = new Reminder(options.clock);
  }

  /** Returns at once; Events are written one after another. */
  record(object: KubeObject, facts: EventFacts): void {
    const { clock, log } = this.#options;
    if (this.#stopping.signal.aborted) return;
    if (this.#pending.length >= PENDING_MAX) {
      log.debug({ reason: facts.reason }, 'event dropped: too many are waiting');
      return;
    }
    const message = facts.message.slice(0, MESSAGE_LENGTH_MAX);
    this.#pending.push({ object, facts: { ...facts, message }, atMs: clock.wallMs() });
    this.#writing ??= this.#writeAll();
  }

  /** What waits is still written, if it does not take long. */
  async stop(): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#writing, this.#options.clock.sleep(STOP_MS_MAX, done.signal)]);
    done.abort();
    this.#stopping.abort();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
      if (!this.#stopping.signal.aborted) await this.#write(next);
    }
    this.#writing = undefined;
  }

  async #write(pending: Pending): Promise<void> {
    const { object, facts, atMs } = pending;
    const uid = object.metadata.uid ?? '';
    if (!this.#memory.admit(uid, atMs)) return;
    const known = this.#memory.find(uid, facts, atMs);
    try {
      const written = await (known ? this.#repeat(pending, known) : this.#create(pending));
      this.#memory.remember(uid, facts, written);
      this.#reminder.clear();
    } catch (error) {
      this.#logFailure(error, pending);
    }
  }

  async #create({ object, facts, atMs }: Pending, count = 1, firstMs = atMs): Promise<KnownEvent> {
    const name = this.#newName(object, atMs);
    const event = {
      ...eventRef(object, name),
      involvedObject: involved(object),
      ...facts,
      count,
      firstTimestamp: timeOf(firstMs),
      lastTimestamp: timeOf(atMs),
      source: { component: this.#options.component },
      reportingComponent: this.#options.component,
    };
    await this.#options.client.create(event, this.#callOptions());
    return { name, count, firstMs, lastMs: atMs };
  }

  async #repeat(pending: Pending, known: KnownEvent): Promise<KnownEvent> {
    const { object, atMs } = pending;
    const count = known.count + 1;
    const patch = { count, lastTimestamp: timeOf(atMs) };
    try {
      await this.#options.client.merge(eventRef(object, known.name), patch, this.#callOptions());
      return { ...known, count, lastMs: atMs };
    } catch (error) {
      const isGone = error instanceof KubeError && error.code === 'NOT_FOUND';
      if (!isGone) throw error;
      return await this.#create(pending, count, known.firstMs); // they are kept for an hour only
    }
  }

  /** In the order of their names: kubectl sorts by time in whole seconds, and leaves the rest as it got it. */
  #newName({ metadata: { name } }: KubeObject, atMs: number): string {
    const stem = name.slice(0, OBJECT_NAME_LENGTH_MAX).replace(/[-.]+$/, '');
    const random = Math.floor(this.#options.random() * 2 ** 32);
    const made = this.#made++ % 2 ** 12; // of the same millisecond
    return `${stem}.${hex(atMs, 11)}${hex(made, 3)}${hex(random, 8)}`;
  }

  #callOptions() {
    return { timeoutMs: WRITE_MS_MAX, signal: this.#stopping.signal };
  }

  #logFailure(error: unknown, { facts }: Pending): void {
    const failure = error instanceof KubeError ? `${error.code} ${error.reason}` : String(error);
    const { log } = this.#options;
    if (this.#reminder.isDue(failure)) log.warn({ err: error, ...facts }, 'event not written');
  }
}

/** An Event is in the namespace of what it is about. */
function eventRef({ metadata: { namespace = 'default' } }: KubeObject, name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Event', metadata: { name, namespace } };
}

function involved({ apiVersion, kind, metadata: { name, namespace, uid } }: KubeObject) {
  return { apiVersion, kind, name, ...(namespace && { namespace }), ...(uid && { uid }) };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function timeOf(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
