/**
 * One command over keys of several slots: the size of each key is asked first, so that nothing is read that is too large;
 * then each key is read, and the reply is made here. The keys are read one by one: others may write between, and the
 * reply may be of no moment at which the keys were so together.
 */
import type { Command } from '@keyfleet/commands';
import { encode, encodeCommand } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import { ShardCall, type ShardCallEnv } from '../route/shard-call.ts';
import type { Combine, Gatherable, Reading } from './gatherable.ts';
import type { KeyRead, ReadCommand } from './key-read.ts';
import type { ReplyStyle } from './set-replies.ts';

export type GatherLimits = { readonly elementsMax: number; readonly bytesMax: number };

export type GatherKey = { readonly bytes: Uint8Array; readonly slot: number };

export type GatheringOrder = {
  readonly client: Client;
  readonly command: Command;
  readonly kind: Gatherable;
  readonly combine: Combine;
  readonly style: ReplyStyle;
  /** Each once. */
  readonly keys: readonly GatherKey[];
  /** Which of them stand in the request, in its order. */
  readonly operands: readonly number[];
  readonly limits: GatherLimits;
};

type Question = { readonly slot: number; readonly args: readonly (string | Uint8Array)[] };
type Sized = { readonly reading: Reading; readonly size: number };

const MINUS = 0x2d;
const WRONG_TYPE = '-WRONGTYPE';
/** Behind the key. */
const READ_ARGUMENTS: Readonly<Record<ReadCommand, readonly string[]>> = {
  SMEMBERS: [],
  ZRANGE: ['0', '-1', 'WITHSCORES'],
  GET: [],
};

export class Gathering {
  readonly #order: GatheringOrder;
  readonly #env: ShardCallEnv;
  readonly #token: number;
  #heldBytes = 0;

  constructor(order: GatheringOrder, env: ShardCallEnv) {
    this.#order = order;
    this.#env = env;
    this.#token = order.client.reserve();
    // Its next commands may write what is being read.
    order.client.stayAlone();
  }

  start(): void {
    const { keys, kind } = this.#order;
    const questions = keys.flatMap(({ slot, bytes }) =>
      kind.readings.map(({ size }) => ({ slot, args: [size, bytes] })),
    );
    this.#ask(questions, (answers) => this.#read(answers));
  }

  #read(sizes: readonly Uint8Array[]): void {
    const { keys, kind, limits } = this.#order;
    const { readings, isOfBytes } = kind;
    const sized = keys.map((_key, i) =>
      sizedOf(readings, sizes.slice(i * readings.length, (i + 1) * readings.length)),
    );
    const error = sized.find((each) => each instanceof Uint8Array);
    if (error !== undefined) return this.#answer(error);
    const known = sized as Sized[];
    const total = known.reduce((sum, { size }) => sum + size, 0);
    if (isOfBytes ? total > limits.bytesMax : total > limits.elementsMax)
      return this.#answer(this.#tooLarge(total, isOfBytes));
    // An empty string is there, and no sketch.
    const wanted = keys.map((_key, i) => isOfBytes || known[i]!.size > 0);
    const questions = keys.map(({ slot, bytes }, i) => {
      const { read } = known[i]!.reading;
      return { slot, args: [read, bytes, ...READ_ARGUMENTS[read]] };
    });
    this.#ask(
      questions.filter((_question, i) => wanted[i]),
      (answers) => {
        const next = answers.values();
        const reads = known.map(({ reading }, i): KeyRead =>
          wanted[i] === true ? { by: reading.read, reply: next.next().value! } : null,
        );
        this.#combine(reads);
      },
    );
  }

  #combine(reads: readonly KeyRead[]): void {
    const { operands, combine, style, limits, client } = this.#order;
    const error = reads.find((read) => read !== null && isError(read.reply));
    if (error) return this.#answer(error.reply);
    if (this.#heldBytes > limits.bytesMax)
      return this.#answer(this.#tooLarge(this.#heldBytes, true));
    if (client.isClosed) return this.#answer(errors.notSent);
    const ofOperands = operands.map((index) => reads[index]!);
    this.#answer(combine(ofOperands, style));
  }

  #answer(reply: Uint8Array): void {
    const { client } = this.#order;
    client.gatheredBytes -= this.#heldBytes;
    client.onReply(this.#token, reply, 0, reply.length);
  }

  /** All at once; `onAnswered` when the last has its answer. */
  #ask(questions: readonly Question[], onAnswered: (answers: readonly Uint8Array[]) => void): void {
    const { client } = this.#order;
    const answers: Uint8Array[] = questions.map(() => errors.slotNotServed);
    let missing = questions.length;
    if (missing === 0) return onAnswered([]);
    questions.forEach(({ slot, args }, i) => {
      const onAnswer = (answer: Uint8Array | null): void => {
        if (answer !== null) answers[i] = this.#kept(answer);
        if (--missing === 0) onAnswered(answers);
      };
      const { connectionClass } = client;
      const request = encodeCommand(args);
      const call = { owner: client, shard: slot, connectionClass, isWrite: false, request };
      new ShardCall({ ...call, onAnswer }, this.#env).start();
    });
  }

  /** What is too much, or for nobody, is counted and dropped. */
  #kept(answer: Uint8Array): Uint8Array {
    const { client, limits } = this.#order;
    this.#heldBytes += answer.length;
    client.gatheredBytes += answer.length;
    const isDropped = this.#heldBytes > limits.bytesMax || client.isClosed;
    return isDropped && !isError(answer) ? EMPTY : answer;
  }

  #tooLarge(size: number, isOfBytes: boolean): Uint8Array {
    const { command, limits } = this.#order;
    const [unit, max, setting] = isOfBytes
      ? ['bytes', limits.bytesMax, 'gather-bytes-max']
      : ['elements', limits.elementsMax, 'gather-elements-max'];
    const name = command.name.toUpperCase();
    return encode.errorReply(
      `ERR Cannot gather ${name} over slots: it would read ${size} ${unit}, want at most ${max} (${setting})`,
    );
  }
}

const EMPTY = new Uint8Array();

/** Of the type that the key has; a key that is not there has any. Or an error, that of the type last. */
function sizedOf(readings: readonly Reading[], replies: readonly Uint8Array[]): Sized | Uint8Array {
  const failed = replies.filter(isError);
  const fatal = failed.find((reply) => !textOf(reply).startsWith(WRONG_TYPE));
  const at = replies.findIndex((reply) => !isError(reply));
  if (fatal !== undefined || at === -1) return fatal ?? failed[0]!;
  return { reading: readings[at]!, size: Number(textOf(replies[at]!).slice(1)) };
}

function isError(reply: Uint8Array): boolean {
  return reply[0] === MINUS;
}

function textOf(reply: Uint8Array): string {
  return Buffer.from(reply).toString().trimEnd();
}
