/**
 * What one connection to a server is subscribed to, what it should be, and what is under way between the two.
 *
 *   want ─► to subscribe ─(takeChange)─► sent ─(onSubscribed)─► in force
 *   unwant ─► to unsubscribe ─(takeChange)─► leaving ─(onUnsubscribed)─► forgotten
 *   sent, in force ─(onRefused)─► refused ─(tryRefused)─► to subscribe
 *
 * Names can be wanted again before the server confirmed that it let go of them, and the other way round: so what was sent
 * last counts, and confirmations are counted.
 */
import { KINDS, ofKinds, type Kind } from './kind.ts';

type Entry = { isWanted: boolean; isSent: boolean; awaiting: number; leaving: number };

type Account = {
  readonly entries: Map<string, Entry>;
  readonly toSubscribe: Set<string>;
  readonly toUnsubscribe: Set<string>;
  /** Wanted, and not to be had just now. */
  readonly refused: Set<string>;
};

/** One command for the server. */
export type Change = { readonly kind: Kind; readonly isOn: boolean; readonly names: string[] };

/** Of one command: a server answers each as a whole, and others wait meanwhile. */
const NAMES_MAX = 1000;
const BYTES_MAX = 64 * 1024;

export class Ledger {
  readonly #accounts = ofKinds((): Account => ({
    entries: new Map(),
    toSubscribe: new Set(),
    toUnsubscribe: new Set(),
    refused: new Set(),
  }));
  /** Confirmations of subscriptions that are to come. */
  #awaited = 0;

  want(kind: Kind, name: string): void {
    const { entries, toSubscribe, toUnsubscribe, refused } = this.#accounts[kind];
    refused.delete(name);
    let entry = entries.get(name);
    if (entry === undefined) {
      entry = { isWanted: true, isSent: false, awaiting: 0, leaving: 0 };
      entries.set(name, entry);
    }
    entry.isWanted = true;
    if (entry.isSent) toUnsubscribe.delete(name);
    else toSubscribe.add(name);
  }

  unwant(kind: Kind, name: string): void {
    const { entries, toSubscribe, toUnsubscribe, refused } = this.#accounts[kind];
    const entry = entries.get(name);
    if (entry === undefined) return;
    refused.delete(name);
    entry.isWanted = false;
    if (entry.isSent) toUnsubscribe.add(name);
    else toSubscribe.delete(name);
    this.#forgetIfOver(kind, name, entry);
  }

  isInForce(kind: Kind, name: string): boolean {
    const entry = this.#accounts[kind].entries.get(name);
    return entry !== undefined && entry.isSent && entry.awaiting === 0;
  }

  /** The server may count it among the subscribers. */
  mayCount(kind: Kind, name: string): boolean {
    const entry = this.#accounts[kind].entries.get(name);
    return entry !== undefined && (entry.isSent || entry.awaiting > 0 || entry.leaving > 0);
  }

  names(kind: Kind): Iterable<string> {
    return this.#accounts[kind].entries.keys();
  }

  get isEmpty(): boolean {
    return KINDS.every((kind) => this.#accounts[kind].entries.size === 0);
  }

  /** All that is wanted is in force. */
  get isSettled(): boolean {
    return (
      this.#awaited === 0 && KINDS.every((kind) => this.#accounts[kind].toSubscribe.size === 0)
    );
  }

  /** The next command that is worth sending; from then on it counts as sent. */
  takeChange(): Change | null {
    for (const kind of KINDS) {
      const { toSubscribe, toUnsubscribe } = this.#accounts[kind];
      if (toUnsubscribe.size > 0) return { kind, isOn: false, names: this.#takeOff(kind) };
      if (toSubscribe.size > 0) return { kind, isOn: true, names: this.#takeOn(kind) };
    }
    return null;
  }

  /** True: it is in force now. */
  onSubscribed(kind: Kind, name: string): boolean {
    const entry = this.#accounts[kind].entries.get(name);
    if (entry === undefined || entry.awaiting === 0) return false;
    entry.awaiting--;
    this.#awaited--;
    return entry.isSent && entry.awaiting === 0;
  }

  /** False: nobody asked it to. */
  onUnsubscribed(kind: Kind, name: string): boolean {
    const entry = this.#accounts[kind].entries.get(name);
    if (entry === undefined) return true;
    if (entry.leaving === 0) return false;
    entry.leaving--;
    this.#forgetIfOver(kind, name, entry);
    return true;
  }

  /** The server does not have it, or has it no more: another one has, or will have. */
  onRefused(kind: Kind, name: string): void {
    const { entries, toUnsubscribe, refused } = this.#accounts[kind];
    const entry = entries.get(name);
    if (entry === undefined) return;
    if (entry.awaiting > 0) {
      entry.awaiting--;
      this.#awaited--;
    }
    entry.isSent = false;
    toUnsubscribe.delete(name);
    if (entry.isWanted) refused.add(name);
    else this.#forgetIfOver(kind, name, entry);
  }

  /** True: there is something to send. */
  tryRefused(): boolean {
    let count = 0;
    for (const { refused, toSubscribe } of Object.values(this.#accounts)) {
      count += refused.size;
      for (const name of refused) toSubscribe.add(name);
      refused.clear();
    }
    return count > 0;
  }

  /** The connection is lost: nothing is in force, and all that is wanted has to be sent again. */
  reset(): void {
    this.#awaited = 0;
    for (const kind of KINDS) {
      const { entries, toSubscribe, toUnsubscribe, refused } = this.#accounts[kind];
      toUnsubscribe.clear();
      refused.clear();
      for (const [name, entry] of entries) {
        if (!entry.isWanted) entries.delete(name);
        else toSubscribe.add(name);
        entry.isSent = false;
        entry.awaiting = entry.leaving = 0;
      }
    }
  }

  #takeOn(kind: Kind): string[] {
    const { entries, toSubscribe } = this.#accounts[kind];
    const names = takeSome(toSubscribe);
    for (const name of names) {
      const entry = entries.get(name)!;
      entry.isSent = true;
      entry.awaiting++;
    }
    this.#awaited += names.length;
    return names;
  }

  #takeOff(kind: Kind): string[] {
    const { entries, toUnsubscribe } = this.#accounts[kind];
    const names = takeSome(toUnsubscribe);
    for (const name of names) {
      const entry = entries.get(name)!;
      entry.isSent = false;
      entry.leaving++;
    }
    return names;
  }

  #forgetIfOver(kind: Kind, name: string, { isWanted, isSent, awaiting, leaving }: Entry): void {
    if (!isWanted && !isSent && awaiting === 0 && leaving === 0)
      this.#accounts[kind].entries.delete(name);
  }
}

function takeSome(from: Set<string>): string[] {
  const taken: string[] = [];
  let bytes = 0;
  for (const name of from) {
    if (taken.length === NAMES_MAX || bytes >= BYTES_MAX) break;
    taken.push(name);
    from.delete(name);
    bytes += name.length;
  }
  return taken;
}
