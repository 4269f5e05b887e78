import { expect, it } from 'vitest';
import { Reminder } from './reminder.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

it('is due for what is new, and once a minute for what is not', async () => {
  const clock = new VirtualClock();
  const reminder = new Reminder(clock);
  expect(reminder.isDue('a')).toBe(true);
  expect(reminder.isDue('a')).toBe(false);
  expect(reminder.isDue('b')).toBe(true);
  await clock.advance(59_999);
  expect(reminder.isDue('b')).toBe(false);
  await clock.advance(1);
  expect(reminder.isDue('b')).toBe(true);
  expect(reminder.isDue('b')).toBe(false);
  reminder.clear();
  expect(reminder.isDue('b')).toBe(true);
});
