/**
 * A key with one writer, which numbers what it writes: so each value that is read tells whether it belongs there.
 * Pure.
 */

const FILLING = 'x'.repeat(100);

const FOREIGN = 'value of another key';
/** A value was written behind it, and acknowledged. */
const OLDER = 'older value than acknowledged';
const UNWRITTEN = 'value that nobody wrote';
export const DOUBTS = [FOREIGN, OLDER, UNWRITTEN] as const;
type Doubt = (typeof DOUBTS)[number];

export class OwnKey {
  readonly name: string;
  readonly shard: number;
  #sent = 0;
  #acknowledged = 0;

  constructor(name: string, shard: number) {
    this.name = name;
    this.shard = shard;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  nextNumber(): number {
    return ++this.#sent;
  }

  valueOf(number: number): string {
    return `${this.name} ${number} ${FILLING}`;
  }

  acknowledge(number: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, number);
  }

  /** Of a value read; `least`: what was acknowledged when it was asked for. Null: it is as it has to be. */
  doubt(value: string | null, least: number): Doubt | null {
    const number = value === null ? 0 : this.#numberIn(value);
    if (number === null) return FOREIGN;
    if (number > this.#sent) return UNWRITTEN;
    return number < least ? OLDER : null;
  }

  #numberIn(value: string): number | null {
    const [name, number = '', filling] = value.split(' ');
    if (name !== this.name || filling !== FILLING || !/^[1-9]\d*$/.test(number)) return null;
    return Number(number);
  }
}
