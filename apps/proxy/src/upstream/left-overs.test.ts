import { describe, expect, it } from 'vitest';
import { Behind } from './behind.ts';
import { PLAIN_CLASS } from './connection-class.ts';
import { LeftOvers, type LeftOver } from './left-overs.ts';
import { NO_REQUEST, NO_SINK } from './reply-sink.ts';

const owners = { a: {}, b: {} };

function world() {
  const leftOvers = new LeftOvers();
  const told: string[] = [];
  const add = (name: string, over: Partial<NonNullable<LeftOver['refused']>> | null = null) => {
    const owner = owners[name[0] as 'a' | 'b'];
    const onFailure = (_token: number, error: Uint8Array) =>
      told.push(`${name} ${Buffer.from(error).toString().split(' ', 1)[0]!}`);
    const bytes = Buffer.from(name);
    const request = { ...NO_REQUEST, sink: { ...NO_SINK, owner, onFailure }, bytes };
    const usual = { error: Buffer.from('-TRYAGAIN x'), notBeforeMs: 0, asks: false };
    const refused = over === null ? {} : { refused: { ...usual, behind: new Behind(), ...over } };
    leftOvers.add({ request, connectionClass: PLAIN_CLASS, deadlineMs: 1000, ...refused });
  };
  const send = (nowMs: number, isTaken: (name: string) => boolean = () => true): string[] => {
    const sent: string[] = [];
    leftOvers.sendAll(nowMs, ({ request }) => {
      const name = Buffer.from(request.bytes).toString();
      if (isTaken(name)) sent.push(name);
      return isTaken(name);
    });
    return sent;
  };
  return { leftOvers, told, add, send };
}

describe('LeftOvers', () => {
  it('sends in order, and of a client nothing behind what has to wait', () => {
    const { leftOvers, add, send } = world();
    for (const name of ['a1', 'a2', 'b1']) add(name);
    expect(send(0, (name) => name !== 'a1')).toEqual(['b1']);
    expect([leftOvers.has(owners.a), leftOvers.has(owners.b), leftOvers.bytes]).toEqual([true, false, 4]);
    expect(send(0)).toEqual(['a1', 'a2']);
    expect([leftOvers.has(owners.a), leftOvers.length, leftOvers.bytes]).toEqual([false, 0, 0]);
  }); // prettier-ignore

  it('keeps one that was refused until its time, and until what was behind it is answered', () => {
    const { leftOvers, add, send } = world();
    const behind = new Behind();
    behind.watch(NO_SINK);
    add('a1', { notBeforeMs: 50, behind });
    add('a2');
    expect([leftOvers.isDue(49), leftOvers.isDue(50), send(49), send(50)]).toEqual([false, true, [], []]);
    behind.note(false);
    expect(send(50)).toEqual(['a1', 'a2']);
  }); // prettier-ignore

  it('gives up one that was overtaken, with the words of the server', () => {
    const { leftOvers, told, add, send } = world();
    const behind = new Behind();
    behind.watch(NO_SINK);
    add('a1', { behind });
    add('a2');
    behind.note(true);
    expect([told, leftOvers.length, send(0)]).toEqual([['a1 -TRYAGAIN'], 1, ['a2']]);
  });

  it('answers those whose time is over', () => {
    const { leftOvers, told, add } = world();
    add('a1', {});
    add('b1');
    expect(leftOvers.expire(999, () => undefined)).toBe(false);
    expect(leftOvers.expire(1000, ({ bytes }) => told.push(`tell ${Buffer.from(bytes).toString()}`))).toBe(true);
    expect(told).toEqual(['tell a1', 'a1 -TRYAGAIN', 'tell b1', 'b1 -CLUSTERDOWN']);
    expect([leftOvers.has(owners.a), leftOvers.bytes]).toEqual([false, 0]);
  }); // prettier-ignore

  it('puts one that comes back before what its client asked of the slot after it', () => {
    const { leftOvers, send } = world();
    const add = (token: number, slot = 7): void => {
      const sink = { ...NO_SINK, owner: owners.a, placeOf: (own: number) => own };
      const bytes = Buffer.from(`a${token}`);
      const request = { ...NO_REQUEST, sink, token, slot, bytes };
      leftOvers.add({ request, connectionClass: PLAIN_CLASS, deadlineMs: 1000 });
    };
    add(3);
    add(5);
    add(4, 8);
    add(2);
    expect(send(0)).toEqual(['a2', 'a3', 'a5', 'a4']);
  });

  it('does not hear of one that went elsewhere', () => {
    const { leftOvers, told, add } = world();
    const behind = new Behind();
    behind.watch(NO_SINK);
    add('a1', { behind });
    expect(leftOvers.takeAll()).toHaveLength(1);
    behind.note(true);
    expect(told).toEqual([]);
  });
});
