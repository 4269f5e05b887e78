import { expect, it } from 'vitest';
import { PrimaryHistory } from './primary-history.ts';

const history = new PrimaryHistory();
history.note(100, 1000);
history.note(200, 2000);
history.note(300, 3000);

it.each([
  ['has everything', 300, { bytes: 0, ms: 5 }],
  ['has more than the sample', 340, { bytes: 0, ms: 5 }],
  ['has what was there a second before', 250, { bytes: 50, ms: 1005 }],
  ['has what was there two seconds before', 100, { bytes: 200, ms: 2005 }],
  ['is further behind than anybody remembers', 99, { bytes: 201, ms: Infinity }],
])('a replica that %s', (_, offset, lag) => expect(history.lagOf(offset, 3005)).toEqual(lag));

it('knows nothing of a primary that was not heard', () =>
  expect(new PrimaryHistory().lagOf(1, 1)).toBeNull());
