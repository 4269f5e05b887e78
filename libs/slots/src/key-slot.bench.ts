import { microBench, type MicroCase } from '@keyfleet/testkit';
import calculateSlot from 'cluster-key-slot';
import { keySlot } from './key-slot.ts';

const KEYS = 1024;

/** Ours gets places in a chunk, as a request has them; cluster-key-slot gets buffers that are cut out beforehand. */
function against(keyOf: (n: number) => string): Pick<MicroCase, 'ours' | 'baseline'> {
  const keys = Array.from({ length: KEYS }, (_, n) => keyOf(n));
  const chunk = Buffer.from(keys.join('\r\n'));
  const places = placesOf(keys);
  const buffers = keys.map((key) => Buffer.from(key));
  const wanted = keys.reduce((sum, key) => sum + calculateSlot(key), 0);
  const checked = (sum: number): number => (sum === wanted ? KEYS : 0);
  return {
    ours: () => {
      let sum = 0;
      for (let i = 0; i < places.length; i += 2) sum += keySlot(chunk, places[i]!, places[i + 1]!);
      return checked(sum);
    },
    baseline: () => {
      let sum = 0;
      for (const key of buffers) sum += calculateSlot(key);
      return checked(sum);
    },
  };
}

function placesOf(keys: readonly string[]): Int32Array {
  const places = new Int32Array(2 * keys.length);
  let at = 0;
  keys.forEach((key, i) => {
    places.set([at, at + key.length], 2 * i);
    at += key.length + 2;
  });
  return places;
}

const digits = (n: number): string => String(n).padStart(6, '0');

microBench({
  title: 'keySlot',
  about: 'The slot of a key. cluster-key-slot gets each key as a buffer of its own.',
  unit: 'key',
  baseline: 'cluster-key-slot',
  cases: [
    { name: 'a key of 19 B', ...against((n) => `user:${digits(n)}:profile`), ratioMax: 1.6 },
    {
      name: 'a key of 64 B',
      ...against((n) => `cart:${digits(n)}:${'x'.repeat(52)}`),
      ratioMax: 1.6,
    },
    {
      name: 'a tag of 6 B in a key of 26 B',
      ...against((n) => `{${digits(n)}}:followers:recent`),
      ratioMax: 1.6,
    },
  ],
});
