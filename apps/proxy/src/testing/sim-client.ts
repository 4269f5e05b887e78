/** A client of the simulation: sends random commands over keys of its own, and checks every reply against what may be true. */
import { encodeCommand, ErrorReply, ReplyDecoder, type Reply } from '@keyfleet/resp';
import type { Random, SimConnection } from './sim-network.ts';

const KEYS = 6;
/** Logs of one slot, to which each transaction appends the same entry. */
const TRANSACTION_KEYS = 3;

/** Values that a key may have: the last acknowledged one, and those of writes whose outcome is unknown. */
type Known = { sure: string | null; maybe: Set<string> };

type Expected = { text: string; check: (reply: Reply) => string | undefined };

export class SimClient {
  connection!: SimConnection;
  readonly faults: string[] = [];
  readonly counts = { acknowledged: 0, uncertain: 0, notSent: 0, busy: 0, cut: 0, transactions: 0 };
  readonly #name: string;
  #decoder = new ReplyDecoder();
  #expected: Expected[] = [];
  readonly #keys: Map<string, Known>;
  #sequence = 0;
  /** Of the entries that were appended to its log: those that must be there, and those that must not. */
  readonly #appended = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #executed = new Set<string>();

  constructor(name: string) {
    this.#name = name;
    this.#keys = new Map(
      Array.from({ length: KEYS }, (_, i) => [`${name}:${i}`, { sure: null, maybe: new Set() }]),
    );
  }

  get isAnswered(): boolean {
    return this.#expected.length === 0;
  }

  get pendingText(): string {
    return this.#expected.map(({ text }) => text).join(' | ');
  }

  sayHello(): void {
    this.#expect(['HELLO', '3'], (reply) =>
      reply instanceof Map || isShed(reply) ? undefined : 'not a map',
    );
  }

  sendSome(random: Random): void {
    for (let i = 1 + random(12); i > 0; i--) {
      const keys = [...this.#keys.keys()].filter(() => random(2) === 0);
      const several = keys.length > 0 ? keys : [[...this.#keys.keys()][0]!];
      const one = several.slice(0, 1);
      const kinds = [
        () => this.#read('GET', one),
        () => this.#read('MGET', several),
        () => this.#write('SET', one, paddingOf(random)),
        () => this.#write('MSET', several, 0),
        () => this.#append(),
        () => this.#readLog(),
        () => this.#transact(),
        () => this.#readTransactions(),
        () => this.#expect(['PING'], (reply) => (isPong(reply) ? undefined : 'not PONG')),
      ];
      kinds[random(kinds.length)]!();
    }
  }

  onBytes(bytes: Buffer): void {
    this.#decoder.push(bytes);
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
      const expected = this.#expected.shift();
      if (isBusy(reply)) this.counts.busy++;
      const fault = expected ? expected.check(reply) : 'a reply too many';
      if (fault !== undefined)
        this.faults.push(
          `${this.#name} ${expected?.text ?? ''}: ${fault}: ${JSON.stringify(reply)}`,
        );
    }
  }

  /** Its connection is gone, and with it every answer that it waited for. */
  onLost(): void {
    this.counts.cut++;
    const unknown = new ErrorReply('UNCERTAIN the connection was closed');
    const expected = this.#expected;
    this.#expected = [];
    this.#decoder = new ReplyDecoder();
    for (const { check } of expected) check(unknown);
  }

  #read(command: string, keys: string[]): void {
    this.#expect([command, ...keys], (reply) => {
      if (reply instanceof ErrorReply) return isKnownError(reply) ? undefined : 'an unknown error';
      const values = command === 'GET' ? [reply] : (reply as Reply[]);
      if (values.length !== keys.length) return 'another number of values';
      const wrong = keys.find((key, i) => !this.#mayBe(key, values[i] as string | null));
      return wrong === undefined
        ? undefined
        : `${wrong} cannot have that value, but ${this.#toldOf(wrong)}`;
    });
  }

  #write(command: string, keys: string[], padding: number): void {
    const values = keys.map(() => `${++this.#sequence}${'x'.repeat(padding)}`);
    this.#expect([command, ...keys.flatMap((key, i) => [key, values[i]!])], (reply) => {
      if (isStatus(reply, 'OK')) this.counts.acknowledged++;
      else if (!(reply instanceof ErrorReply) || !isKnownError(reply)) return 'an unknown answer';
      // Of a write over several shards that failed, each part may be done.
      const mayBeDone =
        reply instanceof ErrorReply &&
        (reply.code === 'UNCERTAIN' || reply.text.includes(' failed on '));
      if (reply instanceof ErrorReply) this.counts[mayBeDone ? 'uncertain' : 'notSent']++;
      keys.forEach((key, i) => {
        const known = this.#keys.get(key)!;
        if (mayBeDone) known.maybe.add(values[i]!);
        else if (!(reply instanceof ErrorReply)) known.sure = values[i]!;
      });
      return undefined;
    });
  }

  /** An append that were done twice would show. */
  #append(): void {
    const entry = `#${++this.#sequence}`;
    this.#expect(['APPEND', this.#logKey, entry], (reply) => {
      if (typeof reply === 'number') this.#appended.add(entry);
      else if (!(reply instanceof ErrorReply) || !isKnownError(reply)) return 'an unknown answer';
      else if (reply.code !== 'UNCERTAIN') this.#refused.add(entry);
      return undefined;
    });
  }

  #readLog(): void {
    this.#expect(['GET', this.#logKey], (reply) => {
      if (reply instanceof ErrorReply) return isKnownError(reply) ? undefined : 'an unknown error';
      const entries = (typeof reply === 'string' ? reply : '').split(/(?=#)/);
      if (new Set(entries).size < entries.length) return 'an entry is there twice';
      if (entries.some((entry) => this.#refused.has(entry)))
        return 'an entry is there that was not sent';
      return [...this.#appended].every((entry) => entries.includes(entry))
        ? undefined
        : 'an entry is lost';
    });
  }

  /** All of its entries are there, or none; and once. */
  #transact(): void {
    const entry = `#${this.#name}/${++this.#sequence}`;
    let isRefused = false;
    this.#expect(['MULTI'], isStatusOrError('OK'));
    for (const key of this.#transactionKeys)
      this.#expect(['APPEND', key, entry], (reply) => {
        isRefused ||= isBusy(reply);
        return isBusy(reply) ? undefined : isStatusOrError('QUEUED')(reply);
      });
    this.#expect(['EXEC'], (reply) => {
      if (isRefused && Array.isArray(reply)) return 'it was to be aborted';
      if (Array.isArray(reply)) {
        this.counts.transactions++;
        this.#executed.add(entry);
        return reply.length === TRANSACTION_KEYS ? undefined : 'another number of replies';
      }
      if (!(reply instanceof ErrorReply) || !isKnownError(reply)) return 'an unknown answer';
      if (reply.code !== 'UNCERTAIN') this.#refused.add(entry);
      return undefined;
    });
  }

  #readTransactions(): void {
    this.#expect(['MGET', ...this.#transactionKeys], (reply) => {
      if (reply instanceof ErrorReply) return isKnownError(reply) ? undefined : 'an unknown error';
      const [log, ...others] = reply as (string | null)[];
      if (others.some((other) => other !== log)) return 'a transaction is there in part';
      const entries = (log ?? '').split(/(?=#)/);
      if (new Set(entries).size < entries.length) return 'a transaction is there twice';
      if (entries.some((entry) => this.#refused.has(entry)))
        return 'a transaction is there that was not sent';
      return [...this.#executed].every((entry) => entries.includes(entry))
        ? undefined
        : 'a transaction is lost';
    });
  }

  get #transactionKeys(): string[] {
    return Array.from({ length: TRANSACTION_KEYS }, (_, i) => `{${this.#name}:t}:${i}`);
  }

  get #logKey(): string {
    return `${this.#name}:log`;
  }

  #expect(command: string[], check: Expected['check']): void {
    this.connection.send(encodeCommand(command));
    this.#expected.push({ text: command.join(' ').slice(0, 80), check });
  }

  #mayBe(key: string, value: string | null): boolean {
    const { sure, maybe } = this.#keys.get(key)!;
    return value === sure || (value !== null && maybe.has(value));
  }

  #toldOf(key: string): string {
    const { sure, maybe } = this.#keys.get(key)!;
    return `${sure ?? 'nil'} or one of ${[...maybe].join(', ')}`;
  }
}

/** Most values are short, some take several reads, a few do not fit into a buffer. */
function paddingOf(random: Random): number {
  if (random(20) === 0) return 30_000;
  return random(2) === 0 ? 300 : 0;
}

function isStatus(reply: Reply, text: string): boolean {
  return (
    typeof reply === 'object' &&
    reply !== null &&
    'type' in reply &&
    reply.type === 'status' &&
    reply.text === text
  );
}

/** Of what the proxy answers by itself: nothing else, but for a client that is closed. */
function isStatusOrError(text: string): Expected['check'] {
  return (reply) => {
    const isCut = isShed(reply) || (reply instanceof ErrorReply && reply.code === 'UNCERTAIN');
    return isStatus(reply, text) || isCut ? undefined : `not ${text}`;
  };
}

function isPong(reply: Reply): boolean {
  return isStatus(reply, 'PONG') || isBusy(reply) || isShed(reply);
}

function isBusy(reply: Reply): boolean {
  return reply instanceof ErrorReply && reply.code === 'BUSY';
}

/** The proxy's last word to a client that holds too much. */
function isShed(reply: Reply): boolean {
  return reply instanceof ErrorReply && reply.text.endsWith('(max-memory)');
}

function isKnownError({ code, text }: ErrorReply): boolean {
  const codes = ['UNCERTAIN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY', 'EXECABORT', 'TIMEOUT'];
  return codes.includes(code) || text.endsWith('(max-memory)');
}
