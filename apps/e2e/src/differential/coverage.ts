/** How often each command was compared, and how often it did something: one that only ever fails compares one error. */
import type { Style } from './round.ts';
import type { Rule } from './rules.ts';
import type { Request } from './stream.ts';

export type CommandCount = {
  readonly name: string;
  sent: number;
  /** Of those, answered with something else than an error. */
  succeeded: number;
};

const MINUS = 0x2d;
const QUEUED = Buffer.from('+QUEUED\r\n');

export class Coverage {
  readonly #byName = new Map<string, CommandCount>();
  readonly #byRule = new Map<Rule, number>();
  readonly #byLane = new Map<string, number>();

  note({ name, rule }: Request, reply: Uint8Array, style: Style): void {
    increment(this.#byLane, laneOf(style));
    // What becomes of it is in the reply to EXEC.
    if (QUEUED.equals(reply)) return;
    const count = this.#byName.get(name) ?? { name, sent: 0, succeeded: 0 };
    this.#byName.set(name, count);
    count.sent++;
    if (reply[0] !== MINUS) count.succeeded++;
    increment(this.#byRule, rule);
  }

  /** The rarest success first. */
  get commands(): readonly CommandCount[] {
    return [...this.#byName.values()].sort((a, b) => share(a) - share(b) || b.sent - a.sent);
  }

  get lanes(): ReadonlyMap<string, number> {
    return this.#byLane;
  }

  get rules(): ReadonlyMap<Rule, number> {
    return this.#byRule;
  }
}

function share({ sent, succeeded }: CommandCount): number {
  return succeeded / sent;
}

function laneOf({ version, isPipelined }: Style): string {
  return `RESP${version}, ${isPipelined ? 'all in one pipeline' : 'one by one'}`;
}

function increment<T>(counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
