import { expect, it } from 'vitest';
import { countOf } from './pubsub-queries.ts';

const known = (clients: number) => ({ clients, isKnown: true });
const unknown = (clients: number) => ({ clients, isKnown: false });

it.each([
  ['nobody', 0, [unknown(0)], 0],
  ['three clients of the only process', 1, [known(3)], 3],
  ['clients of two processes', 2, [known(3), known(2)], 5],
  ['one process, and two connections of other proxies', 3, [known(3), unknown(0)], 5],
  ['a client that the server does not count yet', 0, [unknown(1)], 1],
  ['a client that the server still counts', 1, [known(0)], 0],
  ['a server that may count us, and does not', 0, [known(2)], 2],
])('%s', (_what, counted, ours, want) => expect(countOf([{ counted, ours }])).toBe(want));

it('clients of ours count once, whichever servers tell of the channel', () => {
  const told = [
    { counted: 3, ours: [known(2), unknown(1)] },
    { counted: 1, ours: [unknown(2), unknown(1)] },
  ];
  expect(countOf(told)).toBe(2 + 1 + 3);
});
