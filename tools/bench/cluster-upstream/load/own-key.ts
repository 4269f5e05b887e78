/**
 * A key with one writer, which numbers what it writes: so each value that is read tells whether it belongs there.
 * Pure.
 */

const FILLING = 'x'.repeat(100);

export type Doubt =
  /** The value of another key, or no value of ours. */
  | 'value of another key'
  /** A value was written behind it, and acknowledged. */
  | 'older value than acknowledged'
  | 'value that nobody wrote';

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
    if (number === null) return 'value of another key';
    if (number > this.#sent) return 'value that nobody wrote';
    return number < least ? 'older value than acknowledged' : null;
  }

  #numberIn(value: string): number | null {
    const [name, number = '', filling] = value.split(' ');
    if (name !== this.name || filling !== FILLING || !/^[1-9]\d*$/.test(number)) return null;
    return Number(number);
  }
}
