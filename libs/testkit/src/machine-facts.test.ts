import { describe, expect, it } from 'vitest';
import { commandFact } from './machine-facts.ts';

describe('commandFact', () => {
  it.each([
    ['no options', [], 'npm run bench'],
    ['options', ['--only', 'Envoy,direct'], 'npm run bench -- --only Envoy,direct'],
    ['blanks', ['--only', 'GET P1'], "npm run bench -- --only 'GET P1'"],
  ])('can be typed again with %s', (_name, argv, want) => {
    expect(commandFact('npm run bench', argv)).toBe(want);
  });
});
