import { describe, expect, it } from 'vitest';
import { ScriptStore } from './script-store.ts';

const body = (text: string): Uint8Array => Buffer.from(text);

describe('ScriptStore', () => {
  it('knows a script by its digest', () => {
    const store = new ScriptStore(10_000);
    const digest = store.remember(body('return 1'));
    expect(digest).toBe('e0e1f9fabfc9d4800c877a703b823ac0578ff8db');
    expect(Buffer.from(store.get(digest)!).toString()).toBe('return 1');
    expect(store.get('0'.repeat(40))).toBeUndefined();
  });

  it('forgets one, and has its room again', () => {
    const store = new ScriptStore(10_000);
    const digest = store.remember(body('not lua'));
    store.forget(digest);
    store.forget(digest);
    expect([store.get(digest), store.bytes]).toEqual([undefined, 0]);
  });

  it('keeps a copy: the memory of a request is used again', () => {
    const store = new ScriptStore(10_000);
    const lent = Buffer.from('return 1');
    const digest = store.remember(lent);
    lent.fill(0);
    expect(Buffer.from(store.get(digest)!).toString()).toBe('return 1');
  });

  it('drops the least used beyond its bytes', () => {
    const store = new ScriptStore(1000);
    const digests = ['a', 'b', 'c'].map((name) => store.remember(body(name.repeat(100))));
    store.get(digests[0]!);
    digests.push(store.remember(body('d'.repeat(100))));
    expect(digests.map((digest) => store.get(digest) !== undefined)).toEqual([true, false, true, true]); // prettier-ignore
    expect(store.bytes).toBeLessThanOrEqual(1000);
  });

  it('does not keep what is larger than all of it, and loses nothing for it', () => {
    const store = new ScriptStore(1000);
    const kept = store.remember(body('return 1'));
    expect(store.get(store.remember(body('x'.repeat(2000))))).toBeUndefined();
    expect(store.get(kept)).toBeDefined();
    store.clear();
    expect([store.get(kept), store.bytes]).toEqual([undefined, 0]);
  });

  it('keeps nothing when it may not', () => {
    const store = new ScriptStore(0);
    expect(store.get(store.remember(body('')))).toBeUndefined();
  });
});
