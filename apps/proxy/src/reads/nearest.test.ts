import { expect, it } from 'vitest';
import { nearestOf, type Place } from './nearest.ts';

const a: Place = { zone: 'a', latencyMs: 5 };
const b: Place = { zone: 'b', latencyMs: 1 };
const b2: Place = { zone: 'b', latencyMs: 1.9 };
const c: Place = { zone: '', latencyMs: 2.1 };
const unknown: Place = { zone: '', latencyMs: Infinity };

it.each([
  ['those of the own zone, however far', [a, b, c], 'a', [a]],
  ['without one of the own zone those that answer soonest', [a, b, b2, c], 'z', [b, b2]],
  ['the same where no zone is known', [a, b, b2, c], '', [b, b2]],
  ['all where nothing is measured', [unknown], 'a', [unknown]],
  ['none of none', [], 'a', []],
])('%s', (_, places, zone, near) => expect(nearestOf(places, zone)).toEqual(near));
