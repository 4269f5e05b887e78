/** Requests by the grammar that COMMAND DOCS gives of every command. */
import { createHash } from 'node:crypto';
import { loadCommandDocs, type Command } from '@keyfleet/commands';
import type { Random } from '../random.ts';
import { keysFor, SCRIPTS, TAGS, wordsFor, type Value } from './vocabulary.ts';

type Argument = {
  readonly name: string;
  readonly type: string;
  readonly token?: string;
  readonly since?: string;
  readonly flags?: readonly string[];
  readonly arguments?: readonly Argument[];
};

export type Grammar = (command: Command, random: Random, tag: string | null) => Value[];

const SHAS = SCRIPTS.map((script) => createHash('sha1').update(script).digest('hex'));
const NO_SHA = 'f'.repeat(40);

/** What DUMP and FUNCTION DUMP gave. */
export type Payloads = {
  readonly keys: readonly Uint8Array[];
  readonly functions: readonly Uint8Array[];
};

/** `payloads`: for RESTORE. `version`: of the servers, which know no younger options. */
export async function loadGrammar(payloads: Payloads, version: string): Promise<Grammar> {
  const docs = await loadCommandDocs();
  return (command, random, tag) => {
    const own = (docs[command.name]?.['arguments'] ?? []) as unknown as readonly Argument[];
    const group = docs[command.name]?.['group'] as string;
    const writer = new Writer(command, random, { tag, payloads, group, version });
    for (const argument of own) writer.write(argument);
    return writer.finish();
  };
}

type Given = {
  readonly tag: string | null;
  readonly payloads: Payloads;
  /** Of the command. */
  readonly group: string;
  readonly version: string;
};

/** An option that the servers do not know, and an id that depends on the time, are written once in so many times. */
const RARELY = 10;

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
    if (flags.includes('optional') && this.#isLeftOut(argument)) return;
    const times = flags.includes('multiple') ? this.#timesFor(argument) : 1;
    const isTokenEachTime = flags.includes('multiple_token');
    for (let i = 0; i < times; i++) {
      if (token !== undefined && (i === 0 || isTokenEachTime)) this.#writeToken(argument, token);
      this.#writeOne(argument);
    }
    if (flags.includes('multiple')) this.#fillCount(times);
  }

  #isLeftOut({ since = '0' }: Argument): boolean {
    const isYounger = isAfter(since, this.#given.version);
    return this.#random.below(10) < 6 || (isYounger && this.#random.below(RARELY) > 0);
  }

  /** One of several. */
  #chosen(parts: readonly Argument[]): Argument {
    const { version } = this.#given;
    const isRare = ({ name, since = '0' }: Argument): boolean =>
      name === 'auto-id' || isAfter(since, version);
    const usual = parts.filter((part) => !isRare(part));
    const isUsual = usual.length > 0 && this.#random.below(RARELY) > 0;
    return withoutOption(this.#random.pick(isUsual ? usual : parts));
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
    if (type === 'oneof') this.write(this.#chosen(parts));
    else if (type === 'block') for (const part of parts) this.write(part);
    else if (name === 'numkeys' || name === 'numfields') this.#reserveCount();
    else this.#words.push(this.#valueOf(argument));
  }

  #valueOf({ type, name }: Argument): Value {
    const random = this.#random;
    if (type === 'key' || name === 'storekey' || name === 'storedistkey') return this.#key();
    if (name === 'sha1') return random.pick([...SHAS, NO_SHA]);
    const [container] = this.#command.name.split('|');
    if (name === 'serialized-value') {
      const { keys, functions } = this.#given.payloads;
      return random.pick<Value>([...(container === 'function' ? functions : keys), 'no payload']);
    }
    const word = random.pick(wordsFor(container!, type, name));
    return typeof word === 'string' ? word.replace('{T}', `{${this.#given.tag ?? 'a'}}`) : word;
  }

  #key(): string {
    const random = this.#random;
    const tag = this.#given.tag ?? random.pick(TAGS);
    const keys = keysFor(this.#given.group, random.below(6) > 0);
    return `{${tag}}:${random.pick(keys)}`;
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

function isAfter(version: string, other: string): boolean {
  return rankOf(version) > rankOf(other);
}

function rankOf(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return (major * 1000 + minor) * 1000 + patch;
}

/** One of several was chosen, and is written. */
function withoutOption({ flags = [], ...argument }: Argument): Argument {
  return { ...argument, flags: flags.filter((flag) => flag !== 'optional') };
}
