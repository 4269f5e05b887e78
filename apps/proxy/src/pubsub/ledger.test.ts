import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, type Change } from './ledger.ts';

const takeAll = (ledger: Ledger) => {
  const taken: string[] = [];
  for (let change = ledger.takeChange(); change !== null; change = ledger.takeChange())
    taken.push(`${change.isOn ? '+' : '-'}${change.kind} ${change.names.join(' ')}`);
  return taken;
};

describe('the ledger of a connection', () => {
  it('puts many names into one command, by kind and direction', () => {
    const ledger = new Ledger();
    for (const name of ['a', 'b']) ledger.want('channel', name);
    ledger.want('pattern', 'p*');
    expect(takeAll(ledger)).toEqual(['+channel a b', '+pattern p*']);
    ledger.unwant('channel', 'a');
    ledger.want('channel', 'c');
    expect(takeAll(ledger)).toEqual(['-channel a', '+channel c']);
  });

  it('has nothing to send for what came and went within a turn', () => {
    const ledger = new Ledger();
    ledger.want('channel', 'a');
    ledger.unwant('channel', 'a');
    expect(takeAll(ledger)).toEqual([]);
    expect(ledger.isEmpty).toBe(true);
  });

  it('has in force what the server confirmed last, not what it confirmed before', () => {
    const ledger = new Ledger();
    ledger.want('channel', 'a');
    takeAll(ledger);
    ledger.unwant('channel', 'a');
    takeAll(ledger);
    ledger.want('channel', 'a');
    takeAll(ledger);
    expect(ledger.onSubscribed('channel', 'a')).toBe(false);
    ledger.onUnsubscribed('channel', 'a');
    expect(ledger.isInForce('channel', 'a')).toBe(false);
    expect(ledger.onSubscribed('channel', 'a')).toBe(true);
    expect(ledger.isInForce('channel', 'a')).toBe(true);
  });

  it('knows what the server may still count until it confirmed that it let go', () => {
    const ledger = new Ledger();
    ledger.want('channel', 'a');
    expect(ledger.mayCount('channel', 'a')).toBe(false);
    takeAll(ledger);
    ledger.onSubscribed('channel', 'a');
    ledger.unwant('channel', 'a');
    takeAll(ledger);
    expect(ledger.mayCount('channel', 'a')).toBe(true);
    ledger.onUnsubscribed('channel', 'a');
    expect(ledger.mayCount('channel', 'a')).toBe(false);
    expect(ledger.isEmpty).toBe(true);
  });

  it('tries again what the server refused, or let go of by itself', () => {
    const ledger = new Ledger();
    for (const name of ['a', 'b']) ledger.want('shardChannel', name);
    takeAll(ledger);
    ledger.onRefused('shardChannel', 'a');
    ledger.onSubscribed('shardChannel', 'b');
    expect(ledger.onUnsubscribed('shardChannel', 'b')).toBe(false);
    ledger.onRefused('shardChannel', 'b');
    expect(ledger.isInForce('shardChannel', 'b')).toBe(false);
    expect(ledger.isSettled).toBe(true);
    expect(takeAll(ledger)).toEqual([]);
    ledger.unwant('shardChannel', 'b');
    expect(ledger.tryRefused()).toBe(true);
    expect(takeAll(ledger)).toEqual(['+shardChannel a']);
  });

  it('sends all again on another connection', () => {
    const ledger = new Ledger();
    for (const name of ['a', 'b']) ledger.want('channel', name);
    takeAll(ledger);
    ledger.onSubscribed('channel', 'a');
    ledger.unwant('channel', 'b');
    ledger.reset();
    expect(ledger.isInForce('channel', 'a')).toBe(false);
    expect(ledger.isSettled).toBe(false);
    expect(takeAll(ledger)).toEqual(['+channel a']);
    ledger.onSubscribed('channel', 'a');
    expect(ledger.isSettled).toBe(true);
  });

  it('cuts what is much into commands of a bounded length', () => {
    const ledger = new Ledger();
    for (let i = 0; i < 2500; i++) ledger.want('channel', `c${i}`);
    const counts: number[] = [];
    for (let change = ledger.takeChange(); change !== null; change = ledger.takeChange())
      counts.push(change.names.length);
    expect(counts).toEqual([1000, 1000, 500]);
    for (const letter of ['x', 'y', 'z']) ledger.want('pattern', letter.repeat(40_000));
    expect(ledger.takeChange()?.names).toHaveLength(2);
    expect(ledger.takeChange()?.names).toHaveLength(1);
  });

  it('whatever is wanted and unwanted, and whenever the server answers: in the end it has what is wanted', () => {
    const step = fc.record({
      what: fc.constantFrom('want' as const, 'unwant', 'send', 'answer', 'lose'),
      name: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const { what, name } of steps) world[what](name);
        world.send();
        while (world.isBusy) world.answer();
        const { ledger, wanted, server } = world;
        expect([...server].sort()).toEqual([...wanted].sort());
        expect([...ledger.names('channel')].sort()).toEqual([...wanted].sort());
        expect(ledger.isSettled).toBe(true);
        expect([...wanted].filter((name) => !ledger.isInForce('channel', name))).toEqual([]);
      }),
    );
  });
});

/** A ledger, the server at the other end, and the commands on their way to it. */
class World {
  readonly ledger = new Ledger();
  readonly wanted = new Set<string>();
  readonly server = new Set<string>();
  #underWay: Change[] = [];

  get isBusy(): boolean {
    return this.#underWay.length > 0;
  }

  want(name: string): void {
    this.ledger.want('channel', name);
    this.wanted.add(name);
  }

  unwant(name: string): void {
    this.ledger.unwant('channel', name);
    this.wanted.delete(name);
  }

  send(): void {
    const { ledger } = this;
    for (let change = ledger.takeChange(); change !== null; change = ledger.takeChange())
      this.#underWay.push(change);
  }

  answer(): void {
    const change = this.#underWay.shift();
    for (const name of change?.names ?? []) {
      if (change!.isOn) this.#confirm(name);
      else {
        this.server.delete(name);
        this.ledger.onUnsubscribed('channel', name);
      }
    }
    const uncounted = [...this.server].filter((name) => !this.ledger.mayCount('channel', name));
    expect(uncounted).toEqual([]);
  }

  lose(): void {
    this.#underWay = [];
    this.server.clear();
    this.ledger.reset();
  }

  /** What is said to be in force stays so, whatever is still under way. */
  #confirm(name: string): void {
    this.server.add(name);
    if (!this.ledger.onSubscribed('channel', name)) return;
    const later = this.#underWay.filter(({ names }) => names.includes(name));
    expect(later.every(({ isOn }) => isOn)).toBe(true);
  }
}
