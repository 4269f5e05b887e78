import { expect, it } from 'vitest';
import { addressText } from './address-text.ts';

it.each([
  ['127.0.0.1', 6379, '127.0.0.1:6379'],
  ['::1', 6379, '[::1]:6379'],
  ['::ffff:10.0.0.7', 6379, '10.0.0.7:6379'],
  ['::FFFF:10.0.0.7', 1, '10.0.0.7:1'],
  [undefined, undefined, ':0'],
])('%s, port %s, is shown as %s', (host, port, text) => {
  expect(addressText(host, port)).toBe(text);
});
