/** Commands that are not in our table, by the name that clients use: what a server said of them, for a while. */
import type { Command } from '@keyfleet/commands';

/** A server that is upgraded may know more of a command, or another set of them. */
const KNOWN_MS = 600_000;
/** A module may be loaded at any time. */
const UNKNOWN_MS = 10_000;
/** Each: names that clients make up do not push out commands. */
const NAMES_MAX = 1024;

type Entry = { readonly command: Command | null; readonly untilMs: number };

export class CommandCache {
  /** The oldest first. */
  readonly #known = new Map<string, Entry>();
  readonly #unknown = new Map<string, Entry>();

  /** Null: the servers do not know it; undefined: nobody asked them lately. */
  get(name: string, nowMs: number): Command | null | undefined {
    const entry = this.#known.get(name) ?? this.#unknown.get(name);
    return entry === undefined || entry.untilMs <= nowMs ? undefined : entry.command;
  }

  put(name: string, command: Command | null, nowMs: number): void {
    this.#known.delete(name);
    this.#unknown.delete(name);
    const entries = command === null ? this.#unknown : this.#known;
    const untilMs = nowMs + (command === null ? UNKNOWN_MS : KNOWN_MS);
    entries.set(name, { command, untilMs });
    if (entries.size <= NAMES_MAX) return;
    const [oldest] = entries.keys();
    entries.delete(oldest!);
  }
}
