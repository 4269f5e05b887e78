import { commandNamed } from '@keyfleet/commands';
import { describe, expect, it } from 'vitest';
import { CommandCache } from './command-cache.ts';

const get = commandNamed('get')!;

describe('the cache of commands', () => {
  it('knows for ten minutes what a command is, and for ten seconds that there is none', () => {
    const cache = new CommandCache();
    cache.put('my.get', get, 1000);
    cache.put('nosuch', null, 1000);
    expect(cache.get('my.get', 600_999)).toBe(get);
    expect(cache.get('my.get', 601_000)).toBeUndefined();
    expect(cache.get('nosuch', 10_999)).toBeNull();
    expect(cache.get('nosuch', 11_000)).toBeUndefined();
    expect(cache.get('other', 1000)).toBeUndefined();
  });

  it('keeps the last 1024 names that are unknown, and apart from them what is known', () => {
    const cache = new CommandCache();
    cache.put('known', get, 0);
    cache.put('first', null, 0);
    cache.put('second', null, 0);
    for (let i = 0; i < 1022; i++) cache.put(`nosuch:${i}`, null, 0);
    expect(cache.get('first', 0)).toBeNull();
    cache.put('first', null, 0);
    cache.put('one more', null, 0);
    expect(cache.get('first', 0)).toBeNull();
    expect(cache.get('second', 0)).toBeUndefined();
    expect(cache.get('known', 0)).toBe(get);
  });

  it('knows a name as one or the other', () => {
    const cache = new CommandCache();
    cache.put('my.get', null, 0);
    cache.put('my.get', get, 0);
    expect(cache.get('my.get', 0)).toBe(get);
    cache.put('my.get', null, 0);
    expect(cache.get('my.get', 0)).toBeNull();
  });
});
