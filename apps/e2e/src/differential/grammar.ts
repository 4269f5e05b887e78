/** Requests by the grammar that COMMAND DOCS gives of every command. */
import { createHash } from 'node:crypto';
import { loadCommandDocs, type Command } from '@keyfleet/commands';
import type { Random } from '../random.ts';
import { KEYS, SCRIPTS, TAGS, wordsFor, type Value } from './vocabulary.ts';

type Argument = {
  readonly name: string;
  readonly type: string;
  readonly token?: string;
  readonly flags?: readonly string[];
  readonly arguments?: readonly Argument[];
};

export type Grammar = (command: Command, random: Random, tag: string | null) => Value[];

const SHAS = SCRIPTS.map((script) => createHash('sha1').update(script).digest('hex'));
const NO_SHA = 'f'.repeat(40);

/** `payloads`: what DUMP gave, for RESTORE. */
export async function loadGrammar(payloads: readonly Uint8Array[]): Promise<Grammar> {
  const docs = await loadCommandDocs();
  return (command, random, tag) => {
    const own = (docs[command.name]?.['arguments'] ?? []) as unknown as readonly Argument[];
    const writer = new Writer(command, random, { tag, payloads });
    for (const argument of own) writer.write(argument);
    return writer.finish();
  };
}

type Given = { readonly tag: string | null; readonly payloads: readonly Uint8Array[] };

class Writer {
  readonly #command: Command;
  readonly #random: Random;
  readonly #given: Given;
  readonly #words: Value[];
  /** Where a count is to stand that is known only when what it counts is written. */
  #countAt: number | null = null;
  /** How often the last list in this block was repeated: ids follow as many keys, weights as many sources. */
  #repeats = 0;

  constructor(command: Command, random: Random, given: Given) {
    this.#command = command;
    this.#random = random;
    this.#given = given;
    this.#words = command.name.split('|').map((word) => this.#inAnyCase(word));
  }

  finish(): Value[] {
    this.#fillCount(0);
    return this.#words;
  }

  write(argument: Argument): void {
    const { flags = [], token } = argument;
    if (flags.includes('optional') && this.#random.below(10) < 6) return;
    const times = flags.includes('multiple') ? this.#timesFor(argument) : 1;
    const isTokenEachTime = flags.includes('multiple_token');
    for (let i = 0; i < times; i++) {
      if (token !== undefined && (i === 0 || isTokenEachTime)) this.#writeToken(argument, token);
      this.#writeOne(argument);
    }
    if (flags.includes('multiple')) this.#fillCount(times);
  }

  #timesFor({ name }: Argument): number {
    const isParallel =
      name === 'weight' || (name === 'id' && this.#command.name.startsWith('xread'));
    if (!isParallel || this.#random.below(10) === 0) this.#repeats = 1 + this.#random.below(3);
    return this.#repeats;
  }

  #writeToken({ type, name }: Argument, token: string): void {
    // Of a token alone, the token is the value: `writeOne` writes nothing.
    if (token !== '') this.#words.push(this.#inAnyCase(token));
    else if (type === 'string') this.#words.push(name);
  }

  #writeOne(argument: Argument): void {
    const { type, name, arguments: parts = [] } = argument;
    if (type === 'pure-token') return;
    if (type === 'oneof') this.write(withoutOption(this.#random.pick(parts)));
    else if (type === 'block') for (const part of parts) this.write(part);
    else if (name === 'numkeys' || name === 'numfields') this.#reserveCount();
    else this.#words.push(this.#valueOf(argument));
  }

  #valueOf({ type, name }: Argument): Value {
    const random = this.#random;
    if (type === 'key' || name === 'storekey' || name === 'storedistkey') return this.#key();
    if (name === 'sha1') return random.pick([...SHAS, NO_SHA]);
    if (name === 'serialized-value')
      return random.pick<Value>([...this.#given.payloads, 'no payload']);
    const [container] = this.#command.name.split('|');
    const word = random.pick(wordsFor(container!, type, name));
    return typeof word === 'string' ? word.replace('{T}', `{${this.#given.tag ?? 'a'}}`) : word;
  }

  #key(): string {
    const tag = this.#given.tag ?? this.#random.pick(TAGS);
    return `{${tag}}:${this.#random.pick(KEYS)}`;
  }

  #reserveCount(): void {
    this.#countAt = this.#words.push('0') - 1;
  }

  #fillCount(count: number): void {
    if (this.#countAt === null) return;
    const isWrong = this.#random.below(20) === 0;
    this.#words[this.#countAt] = String(isWrong ? count + this.#random.below(3) - 1 : count);
    this.#countAt = null;
  }

  #inAnyCase(word: string): string {
    switch (this.#random.below(8)) {
      case 0:
        return word.toLowerCase();
      case 1:
        return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
      default:
        return word.toUpperCase();
    }
  }
}

/** One of several was chosen, and is written. */
function withoutOption({ flags = [], ...argument }: Argument): Argument {
  return { ...argument, flags: flags.filter((flag) => flag !== 'optional') };
}
