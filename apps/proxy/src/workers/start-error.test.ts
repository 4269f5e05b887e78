import { ConfigError } from '@keyfleet/runtime';
import { expect, it } from 'vitest';
import { startError } from './start-error.ts';

it.each([
  [
    'wrong settings are shown as they are',
    { mistakes: ['--secret-file  x'] },
    /\n {2}--secret-file {2}x/,
  ],
  [
    'a system that cannot share a port wants one worker',
    { code: 'ENOTSUP' },
    /--workers {2}want 1: /,
  ],
])('%s', (_name, failure, want) => {
  const error = startError({ because: 'it did', code: null, mistakes: null, ...failure });
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toMatch(want);
});

it('anything else is no mistake of the settings', () => {
  const error = startError({ because: 'listen EADDRINUSE', code: 'EADDRINUSE', mistakes: null });
  expect(error).not.toBeInstanceOf(ConfigError);
  expect(error.message).toBe('Cannot start a worker: listen EADDRINUSE');
});
