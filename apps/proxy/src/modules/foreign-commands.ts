/**
 * Commands that are not in our table, but that the servers may know: those of their modules, renamed ones, those of a
 * newer server. A server is asked once for each name (COMMAND INFO); clients that use it wait meanwhile, each with its
 * command unsent. There are never more questions on their way than clients.
 */
import type { Command } from '@keyfleet/commands';
import { encodeCommand } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { anyShard } from '../route/any-shard.ts';
import type { Parkable, ParkingPlace } from '../route/parking.ts';
import { argumentText, isCrossProtocol } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import { ShardCall, type ShardCallEnv } from '../route/shard-call.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import { CommandCache } from './command-cache.ts';
import { readInfo } from './info-reply.ts';

const NAME_BYTES_MAX = 64;
/** The server does not know COMMAND, or does not let us: then its commands are those of the table. */
const REFUSALS = ['-ERR', '-NOPERM'];
const MINUS = 0x2d;

class Question implements ParkingPlace {
  readonly id = 'COMMAND INFO';
  readonly parking = { leave: (client: Parkable): void => void this.waiting.delete(client) };
  readonly waiting = new Set<Parkable>();
}

export class ForeignCommands {
  readonly #env: ShardCallEnv;
  readonly #cache = new CommandCache();
  readonly #questions = new Map<string, Question>();

  constructor(env: ShardCallEnv) {
    this.#env = env;
  }

  /** The command of the client's request; null: there is none; undefined: it is asked for, and the request comes again. */
  find(client: Client): Command | null | undefined {
    const { request } = client;
    const name = argumentText(request, 0, NAME_BYTES_MAX + 1).toLowerCase();
    if (name.length > NAME_BYTES_MAX || isCrossProtocol(request)) return null;
    const known = this.#cache.get(name, this.#env.monotonicMs());
    if (known === undefined) this.#ask(name, client);
    if (!known || known.subcommands.length === 0 || request.count === 1) return known;
    const word = argumentText(request, 1, NAME_BYTES_MAX).toLowerCase();
    return known.subcommands.find((each) => each.name === `${name}|${word}`) ?? known;
  }

  #ask(name: string, client: Client): void {
    const asked = this.#questions.get(name);
    const question = asked ?? new Question();
    question.waiting.add(client);
    client.waitFor(question);
    if (asked !== undefined) return;
    this.#questions.set(name, question);
    const call = {
      owner: question,
      // They are all configured alike.
      shard: anyShard(this.#env.routing) ?? 0,
      connectionClass: PLAIN_CLASS,
      isWrite: false,
      request: encodeCommand(['COMMAND', 'INFO', name]),
      onAnswer: (answer: Uint8Array | null) =>
        this.#onAnswer(name, question, answer ?? errors.slotNotServed),
    };
    new ShardCall(call, this.#env).start();
  }

  #onAnswer(name: string, { waiting }: Question, answer: Uint8Array): void {
    this.#questions.delete(name);
    const isError = answer[0] === MINUS;
    const text = isError ? Buffer.from(answer).toString() : '';
    if (isError && !REFUSALS.some((code) => text.startsWith(code))) {
      for (const client of waiting) client.failParked(answer);
      return;
    }
    this.#cache.put(name, isError ? null : readInfo(name, answer), this.#env.monotonicMs());
    for (const client of waiting) client.unpark();
  }
}
