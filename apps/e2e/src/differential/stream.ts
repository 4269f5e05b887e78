/** A random stream of requests over the whole command table, the same for the same seed. */
import { commands, extractKeys, findCommand, type Command } from '@keyfleet/commands';
import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import type { Random } from '../random.ts';
import type { Grammar } from './grammar.ts';
import { isDiverging, ruleFor, ruleOf, type Rule } from './rules.ts';
import { ODD, TAGS, type Value } from './vocabulary.ts';

export type Request = {
  readonly name: string;
  readonly words: readonly Value[];
  readonly bytes: Uint8Array;
  readonly rule: Rule;
};

/** How often a command comes; the others by their kind. */
const WEIGHTS: Readonly<Record<string, number>> = {
  flushall: 0.05,
  flushdb: 0.1,
  select: 0.5,
  script: 1,
  eval: 20,
};
const WEIGHT_KEYED = 8;
const WEIGHT_BLOCKING = 2;
const WEIGHT_OTHER = 1;
/** The chance of a transaction, of a wrong request, and of one that no command has: one in so many. */
const TRANSACTION = 60;
const WRONG = 8;
const UNKNOWN = 300;

function weightOf({ name, hasKeys, isBlocking }: Command): number {
  return WEIGHTS[name] ?? (isBlocking ? WEIGHT_BLOCKING : hasKeys ? WEIGHT_KEYED : WEIGHT_OTHER);
}

/** What is sent, of the commands that `isKnown`: to the plain server, and to this test. */
export function repertoireOf(isKnown: (name: string) => boolean): Repertoire {
  const all = commands.filter(({ name }) => isKnown(name) && ruleFor(name) !== 'leftOut');
  return {
    all,
    weight: all.reduce((sum, command) => sum + weightOf(command), 0),
    inTransaction: all.filter(isForTransaction),
    hasTransactions: isKnown('multi'),
  };
}

export type Repertoire = {
  readonly all: readonly Command[];
  readonly weight: number;
  readonly inTransaction: readonly Command[];
  readonly hasTransactions: boolean;
};

/** With keys, and with a reply that depends on the data alone. */
function isForTransaction({ name, hasKeys, isBlocking }: Command): boolean {
  const depends = ['sort', 'sort_ro', 'xadd'].includes(name) || ruleFor(name) !== 'exact';
  return hasKeys && !isBlocking && !depends;
}

export class RequestStream {
  readonly #random: Random;
  readonly #grammar: Grammar;
  readonly #repertoire: Repertoire;
  readonly #framer = new RequestFramer();

  constructor(random: Random, grammar: Grammar, repertoire: Repertoire) {
    this.#random = random;
    this.#grammar = grammar;
    this.#repertoire = repertoire;
  }

  /** At least so many: a transaction and what follows a request are not cut. */
  take(count: number): Request[] {
    const requests: Request[] = [];
    while (requests.length < count) requests.push(...this.#next());
    return requests;
  }

  #next(): Request[] {
    const { hasTransactions } = this.#repertoire;
    if (hasTransactions && this.#random.below(TRANSACTION) === 0) return this.#transaction();
    if (this.#random.below(UNKNOWN) === 0) return [this.#unknown()];
    const command = this.#pickCommand();
    const tag = isSplit(command) ? null : this.#random.pick(TAGS);
    const words = this.#words(command, tag);
    const request = this.#requestOf(command.name, words);
    if (request.rule === 'leftOut' || !this.#isOfOneSlot(request, command)) return [];
    if (!isDiverging(command.name, words)) return [request];
    const keys = words.filter((word) => typeof word === 'string' && /^\{\w\}:/.test(word));
    return [
      { ...request, rule: 'shape' },
      this.#requestOf('del', ['DEL', ...keys, `{${tag!}}:none`]),
    ];
  }

  #words(command: Command, tag: string | null): Value[] {
    const words = this.#grammar(command, this.#random, tag);
    return this.#random.below(WRONG) === 0 ? this.#spoil(words, command) : words;
  }

  #spoil(words: Value[], command: Command): Value[] {
    const first = command.name.includes('|') ? 2 : 1;
    const at = first + this.#random.below(Math.max(1, words.length - first));
    switch (this.#random.below(4)) {
      case 0:
        return words.toSpliced(at, 1);
      case 1:
        return [...words, this.#random.pick(ODD)];
      case 2:
        return words.toSpliced(at, 0, words[at] ?? 'abc');
      default:
        return words.toSpliced(at, 1, this.#random.pick(ODD));
    }
  }

  /** WATCH and a change now and then, some commands of one slot, and an end. */
  #transaction(): Request[] {
    const random = this.#random;
    const tag = random.pick(TAGS);
    const key = `{${tag}}:${random.pick(['k0', 'k1'])}`;
    const isWatched = random.below(2) === 0;
    const inside = Array.from({ length: random.below(6) }, () => this.#inTransaction(tag));
    const end = random.below(6) === 0 ? 'discard' : 'exec';
    return [
      ...(isWatched ? [this.#requestOf('watch', ['WATCH', key])] : []),
      ...(isWatched && random.below(3) === 0
        ? [this.#requestOf('append', ['APPEND', key, 'v'])]
        : []),
      this.#requestOf('multi', ['MULTI']),
      ...inside,
      this.#requestOf(end, [end]),
    ];
  }

  #inTransaction(tag: string): Request {
    for (;;) {
      const command = this.#random.pick(this.#repertoire.inTransaction);
      const request = this.#requestOf(command.name, this.#words(command, tag));
      const slots = this.#slotsOf(request);
      const isInside = slots.size === 0 || (slots.size === 1 && slots.has(slotOfTag(tag)));
      if (request.rule === 'exact' && isInside) return request;
    }
  }

  #unknown(): Request {
    const name = this.#random.pick([
      'nosuch',
      'GETT',
      'client|nosuch',
      'xinfo|nosuch',
      'config|',
      'object',
    ]);
    return this.#requestOf(name, [...name.split('|'), 'a', 'b']);
  }

  #pickCommand(): Command {
    const { all, weight } = this.#repertoire;
    let at = (this.#random.below(1 << 30) / (1 << 30)) * weight;
    for (const command of all) {
      at -= weightOf(command);
      if (at < 0) return command;
    }
    return all.at(-1)!;
  }

  #requestOf(name: string, words: readonly Value[]): Request {
    const exact = ['watch', 'multi', 'exec', 'discard'].includes(name);
    return {
      name,
      words,
      bytes: encodeCommand(words),
      rule: exact ? 'exact' : ruleOf(name, words),
    };
  }

  /** What a spoiled request takes for its keys may lie anywhere: over several slots there is no one answer. */
  #isOfOneSlot(request: Request, command: Command): boolean {
    return isSplit(command) || this.#slotsOf(request).size <= 1;
  }

  #slotsOf({ bytes }: Request): Set<number> {
    const framer = this.#framer;
    framer.push(bytes);
    framer.next();
    const found = findCommand(framer);
    if (found === undefined) return new Set();
    const slotOf = (at: number): number =>
      keySlot(framer.bytes, framer.offsets[2 * at]!, framer.offsets[2 * at + 1]!);
    return new Set(keysOf(found, framer).map(slotOf));
  }
}

/** The proxy cuts these by shard. */
function isSplit({ requestPolicy, firstKey }: Command): boolean {
  return requestPolicy === 'multi_shard' && firstKey === 1;
}

/** Of malformed ones the first counts, where there always is one. */
function keysOf(command: Command, request: RequestFramer): number[] {
  const keys: number[] = [];
  const count = extractKeys(command, request, keys);
  if (count >= 0) return keys.slice(0, count);
  const { firstKey } = command;
  return firstKey > 0 && firstKey < request.count ? [firstKey] : [];
}

function slotOfTag(tag: string): number {
  const bytes = new TextEncoder().encode(tag);
  return keySlot(bytes, 0, bytes.length);
}
