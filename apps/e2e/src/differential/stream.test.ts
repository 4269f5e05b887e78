import { loadGrammar } from './grammar.ts';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { repertoireOf, RequestStream } from './stream.ts';
import { written } from './written.ts';

const grammar = await loadGrammar({ keys: [], functions: [] }, '7.0.15');
const repertoire = repertoireOf(() => true);
const take = (seed: number, count: number) =>
  new RequestStream(new Random(seed), grammar, repertoire).take(count);

describe('RequestStream', () => {
  it('is the same for the same seed', () => {
    const texts = (seed: number) => take(seed, 500).map(({ words }) => written(words));
    expect(texts(7)).toEqual(texts(7));
    expect(texts(7)).not.toEqual(texts(8));
  });

  it('has every command that is not left out', () => {
    const names = new Set(take(1, 60_000).map(({ name }) => name));
    expect(repertoire.all.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
    for (const name of ['multi', 'exec', 'discard', 'watch']) expect(names).toContain(name);
  });
});
