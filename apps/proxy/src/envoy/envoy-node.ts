import type { FieldPath } from '@keyfleet/runtime';
import { durationMs } from './duration.ts';

/** What a conversion could not carry, or carries with a difference. */
export type Note = { readonly path: FieldPath; readonly what: string };

/**
 * A value of Envoy's configuration that knows what was taken of it: what nobody asked for is not carried, and
 * `reportRest` says so. Nothing that is written there gets lost in silence.
 */
export class EnvoyNode {
  readonly path: FieldPath;
  readonly #value: unknown;
  readonly #notes: Note[];
  readonly #taken = new Map<string | number, EnvoyNode>();
  #isDone = false;

  constructor(value: unknown, path: FieldPath, notes: Note[]) {
    this.#value = value;
    this.path = path;
    this.#notes = notes;
  }

  get isThere(): boolean {
    return this.#value !== undefined;
  }

  /** A field, by its name in the .proto; a file may also write it in camel case, as JSON does. */
  at(name: string): EnvoyNode {
    const fields = this.#fields();
    const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return this.#child(name in fields ? name : camelCase, fields);
  }

  /** Of a list; of anything else none. */
  items(): EnvoyNode[] {
    const items: unknown = this.#value;
    return Array.isArray(items) ? items.map((_, at) => this.#child(at, items)) : [];
  }

  text(): string | undefined {
    return typeof this.#value === 'string' ? this.#value : undefined;
  }

  isTrue(): boolean {
    return this.#value === 'true';
  }

  number(): number | undefined {
    const text = this.text();
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  durationMs(): number | undefined {
    const ms = durationMs(this.#value);
    if (ms !== undefined) this.done();
    return ms;
  }

  /** Says what becomes of it; what is in it needs no further word. */
  note(what: string): void {
    this.remark(what);
    this.done();
  }

  /** Says something of it; what is in it is looked at as well. */
  remark(what: string): void {
    if (this.isThere) this.#notes.push({ path: this.path, what });
  }

  /** Nothing is lost without it. */
  done(...names: readonly string[]): void {
    if (names.length === 0) this.#isDone = true;
    else for (const name of names) this.at(name).done();
  }

  /** Says of each field in it that nobody asked for that it is not carried, and why. */
  reportRest(reasonOf: (name: string) => string): void {
    if (this.#isDone) return;
    for (const item of this.items()) item.reportRest(reasonOf);
    for (const name of Object.keys(this.#fields())) {
      const isAsked = this.#taken.has(name) || name === '@type';
      if (isAsked) this.#taken.get(name)?.reportRest(reasonOf);
      else this.#child(name, this.#fields()).note(`is not carried: ${reasonOf(name)}`);
    }
  }

  #child(name: string | number, within: object): EnvoyNode {
    const known = this.#taken.get(name);
    if (known !== undefined) return known;
    const value = (within as Record<string | number, unknown>)[name];
    const child = new EnvoyNode(value, [...this.path, name], this.#notes);
    if (child.isThere) this.#taken.set(name, child);
    return child;
  }

  #fields(): Record<string, unknown> {
    const isMap =
      typeof this.#value === 'object' && this.#value !== null && !Array.isArray(this.#value);
    return isMap ? (this.#value as Record<string, unknown>) : {};
  }
}
