import { describe, expect, it } from 'vitest';
import { ScriptStore } from './script-store.ts';

const body = (text: string): Uint8Array => Buffer.from(text);
const RETURN_1 = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';

/** As if a server had taken it. */
function take(store: ScriptStore, text: string): string {
  const proposal = store.propose(body(text))!;
  store.settle(proposal, true);
  return proposal.digest;
}

describe('ScriptStore', () => {
  it('knows a script by its digest', () => {
    const store = new ScriptStore(10_000);
    expect(take(store, 'return 1')).toBe(RETURN_1);
    expect(Buffer.from(store.get(RETURN_1)!).toString()).toBe('return 1');
    expect(store.get('0'.repeat(40))).toBeUndefined();
  });

  it('keeps what is proposed, and forgets it when no server took it', () => {
    const store = new ScriptStore(10_000);
    const [first, second] = [store.propose(body('return 1'))!, store.propose(body('return 1'))!];
    expect(store.get(RETURN_1)).toBeDefined();
    store.settle(first, false);
    expect([store.get(RETURN_1) !== undefined, store.isTaken(RETURN_1)]).toEqual([true, false]);
    store.settle(second, false);
    expect([store.get(RETURN_1), store.bytes]).toEqual([undefined, 0]);
  });

  it('asks no more about a script that a server took, whatever becomes of its other proposals', () => {
    const store = new ScriptStore(10_000);
    const [first, second] = [store.propose(body('return 1'))!, store.propose(body('return 1'))!];
    store.settle(first, true);
    store.settle(second, false);
    expect([store.get(RETURN_1) !== undefined, store.isTaken(RETURN_1)]).toEqual([true, true]);
    expect(store.propose(body('return 1'))).toBeNull();
  });

  it('takes no answer about a script that was flushed for one about the same that came after', () => {
    const store = new ScriptStore(10_000);
    const old = store.propose(body('return 1'))!;
    store.clear();
    store.propose(body('return 1'));
    store.settle(old, false);
    expect(store.get(RETURN_1)).toBeDefined();
  });

  it('keeps a copy: the memory of a request is used again', () => {
    const store = new ScriptStore(10_000);
    const lent = Buffer.from('return 1');
    store.propose(lent);
    lent.fill(0);
    expect(Buffer.from(store.get(RETURN_1)!).toString()).toBe('return 1');
  });

  it('drops the least used beyond its bytes', () => {
    const store = new ScriptStore(1000);
    const digests = ['a', 'b', 'c'].map((name) => take(store, name.repeat(100)));
    store.get(digests[0]!);
    digests.push(take(store, 'd'.repeat(100)));
    expect(digests.map((digest) => store.get(digest) !== undefined)).toEqual([true, false, true, true]); // prettier-ignore
    expect(store.bytes).toBeLessThanOrEqual(1000);
  });

  it('does not keep what is larger than all of it, and loses nothing for it', () => {
    const store = new ScriptStore(1000);
    const kept = take(store, 'return 1');
    expect(store.propose(body('x'.repeat(2000)))).toBeNull();
    expect(store.get(kept)).toBeDefined();
    store.clear();
    expect([store.get(kept), store.bytes]).toEqual([undefined, 0]);
  });

  it('keeps nothing when it may not', () => {
    expect(new ScriptStore(0).propose(body(''))).toBeNull();
  });
});
