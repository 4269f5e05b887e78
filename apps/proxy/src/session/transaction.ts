/** The commands of one client between MULTI and EXEC. */
import type { Command } from '@keyfleet/commands';
import type { QueuedAs } from './queued-as.ts';

export type TransactionLimits = { readonly commandsMax: number; readonly bytesMax: number };

export type Step = {
  readonly command: Command;
  readonly as: Exclude<QueuedAs, 'atOnce' | 'refused'>;
  /** A whole multibulk frame. */
  readonly frame: Uint8Array;
  /** Of a `select`: where it goes; else null. */
  readonly database: number | null;
};

/** They change nothing, although they are not marked as readonly. */
const harmless = new Set(['lastsave', 'select', 'time', 'wait', 'waitaof']);

export class Transaction {
  /** A command was refused: EXEC answers EXECABORT, and what came so far is not kept. */
  isDoomed = false;
  /** Of all keys so far; null: there were none. */
  slot: number | null;
  /** It may change something. */
  isWrite = false;
  steps: Step[] = [];
  bytes = 0;
  readonly #limits: TransactionLimits;

  /** `slot`: of what its client watches. */
  constructor(limits: TransactionLimits, slot: number | null) {
    this.slot = slot;
    this.#limits = limits;
  }

  /** Commands that go to the server. */
  get sentCount(): number {
    return this.steps.reduce((count, { as }) => count + (as === 'emulated' ? 0 : 1), 0);
  }

  /** The reply is the server's own, as it is. */
  get isPlain(): boolean {
    return this.steps.every(({ as }) => as === 'forwarded');
  }

  /** False: it would be too large. */
  hasRoomFor(bytes: number): boolean {
    const { commandsMax, bytesMax } = this.#limits;
    return this.steps.length < commandsMax && this.bytes + bytes <= bytesMax;
  }

  add(step: Step): void {
    const { command, as, frame } = step;
    this.steps.push(step);
    this.bytes += frame.length;
    if (as === 'emulated' || command.isReadonly || harmless.has(command.name)) return;
    this.isWrite = true;
  }

  doom(): void {
    this.isDoomed = true;
    this.steps = [];
    this.bytes = 0;
  }
}
