import { expect, it } from 'vitest';
import { relay, type Consulted } from './relay.ts';
import type { Topic } from './processes.ts';

/** Workers that answer as they are named; one named null does not answer. */
function workersOf(names: readonly (string | null)[]) {
  const heard: string[] = [];
  const told: unknown[] = [];
  const workers = names.map((name): Consulted => {
    return {
      ask: (about) => {
        heard.push(`${name}: ${about}`);
        return Promise.resolve(name as never);
      },
      send: (message) => void told.push(message),
    };
  });
  return { workers, heard, told };
}

it.each<[Topic, string[], string[]]>([
  ['clientList', ['b', 'c'], ['b: clientList', 'null: clientList', 'c: clientList']],
  // Whoever asks takes its turn too.
  ['clientPause', ['a', 'b', 'c'], ['a', 'b', 'null', 'c'].map((name) => `${name}: clientPause`)],
])('%s gives the answers of %j', async (about, answers, wantHeard) => {
  const { workers, heard, told } = workersOf(['a', 'b', null, 'c']);
  await relay({ id: 7, about, asked: null }, workers[0]!, workers);
  expect(heard).toEqual(wantHeard);
  expect(told).toEqual([{ kind: 'consulted', id: 7, answers }]);
});
