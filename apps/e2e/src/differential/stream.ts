/** A random stream of requests over the whole command table, the same for the same seed. */
import { commands, extractKeys, findCommand, type Command } from '@keyfleet/commands';
import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import type { Random } from '../random.ts';
import { BEGINNING } from './beginning.ts';
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
  flushall: 0.3,
  flushdb: 0.1,
  'function|flush': 0.3,
  'script|flush': 0.3,
  select: 0.5,
  eval: 20,
  xadd: 20,
};
const WEIGHT_KEYED = 8;
const WEIGHT_BLOCKING = 3;
const WEIGHT_OTHER = 1;
/** Of what is not compared. */
const WEIGHT_ALONE = 0.3;
/** The chance of a transaction, of a wrong request, and of one that no command has: one in so many. */
const TRANSACTION = 60;
const WRONG = 10;
const UNKNOWN = 300;
/** In a transaction, of a command that is not queued like others, or not at all. */
const ODD_INSIDE = 8;

function weightOf({ name, hasKeys, isBlocking }: Command): number {
  if (ruleFor(name) === 'proxyOnly') return WEIGHT_ALONE;
  return WEIGHTS[name] ?? (isBlocking ? WEIGHT_BLOCKING : hasKeys ? WEIGHT_KEYED : WEIGHT_OTHER);
}

/** What is sent, of the commands that `isKnown`: to the plain server, and to this test. */
export function repertoireOf(isKnown: (name: string) => boolean): Repertoire {
  const all = commands.filter(({ name }) => isKnown(name) && ruleFor(name) !== 'leftOut');
  return {
    all,
    weights: all.map(weightOf),
    inTransaction: all.filter(isForTransaction),
    hasTransactions: isKnown('multi'),
  };
}

export type Repertoire = {
  readonly all: readonly Command[];
  /** Of each, how often it comes beside the others. */
  readonly weights: readonly number[];
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
  #numbers = 10;

  constructor(random: Random, grammar: Grammar, repertoire: Repertoire) {
    this.#random = random;
    this.#grammar = grammar;
    this.#repertoire = repertoire;
  }

  /** At least so many: a transaction and what follows a request are not cut. */
  take(count: number): Request[] {
    const requests = BEGINNING.map((words) =>
      this.#requestOf(String(words[0]).toLowerCase(), words),
    );
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
    const words = this.#grammar(command, this.#random, tag).map((word) => this.#numbered(word));
    return this.#random.below(WRONG) === 0 ? this.#spoil(words, command) : words;
  }

  #numbered(word: Value): Value {
    return typeof word === 'string' && word.startsWith('{N}')
      ? word.replace('{N}', String(++this.#numbers))
      : word;
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
    const key = `{${tag}}:${random.pick(['s0', 'l0', 'k0'])}`;
    const isWatched = random.below(2) === 0;
    const inside = Array.from({ length: random.below(8) }, () => this.#inTransaction(tag));
    const end = random.below(6) === 0 ? 'discard' : 'exec';
    return [
      ...(isWatched ? [this.#requestOf('watch', ['WATCH', key])] : []),
      ...(isWatched && random.below(3) === 0 ? [this.#requestOf('del', ['DEL', key])] : []),
      ...(isWatched && random.below(8) === 0 ? [this.#requestOf('unwatch', ['UNWATCH'])] : []),
      this.#requestOf('multi', ['MULTI']),
      ...inside,
      this.#requestOf(end, [end]),
    ];
  }

  #inTransaction(tag: string): Request {
    if (this.#random.below(ODD_INSIDE) === 0) return this.#oddInside(tag);
    for (;;) {
      const command = this.#random.pick(this.#repertoire.inTransaction);
      const request = this.#requestOf(command.name, this.#words(command, tag));
      const slots = this.#slotsOf(request);
      const isInside = slots.size === 0 || (slots.size === 1 && slots.has(slotOfTag(tag)));
      if (request.rule === 'exact' && isInside) return request;
    }
  }

  /** What the proxy answers by itself, or has to refuse in the right place. */
  #oddInside(tag: string): Request {
    const words = this.#random.pick<readonly Value[]>([
      ['PING'],
      ['ECHO', 'text'],
      ['SELECT', '0'],
      ['SELECT', '1'],
      ['SELECT', '99'],
      ['MULTI'],
      ['WATCH', `{${tag}}:s0`],
      ['UNWATCH'],
      ['CLIENT', 'GETNAME'],
      ['PUBLISH', 'ch0', 'text'],
      ['EVAL', 'return redis.call("GET", KEYS[1])', '1', `{${tag}}:s0`],
      ['EVAL', 'return 1', '0'],
      ['FCALL', 'one_get', '1', `{${tag}}:s0`],
      ['BLPOP', `{${tag}}:l2`, '0'],
      ['XREAD', 'BLOCK', '0', 'STREAMS', `{${tag}}:x0`, '0'],
      ['GET'],
      ['NOSUCH', 'a'],
    ]);
    return this.#requestOf(String(words[0]).toLowerCase(), words);
  }

  #unknown(): Request {
    const name = this.#random.pick([
      'exec',
      'discard',
      'unwatch',
      'nosuch',
      'GETT',
      'client|nosuch',
      'xinfo|nosuch',
      'config|',
      'object',
    ]);
    const rest = this.#random.below(4) === 0 || !transactional.has(name) ? ['a', 'b'] : [];
    return this.#requestOf(name, [...name.split('|'), ...rest]);
  }

  #pickCommand(): Command {
    const { all, weights } = this.#repertoire;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    let left = (this.#random.below(1 << 30) / (1 << 30)) * sum;
    for (const [at, command] of all.entries()) {
      left -= weights[at]!;
      if (left < 0) return command;
    }
    return all.at(-1)!;
  }

  #requestOf(name: string, words: readonly Value[]): Request {
    const rule = transactional.has(name) ? 'exact' : ruleOf(name, words);
    return { name, words, bytes: encodeCommand(words), rule };
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

/** Left out of what is picked by chance, since they come in their order. */
const transactional = new Set(['watch', 'unwatch', 'multi', 'exec', 'discard']);

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
