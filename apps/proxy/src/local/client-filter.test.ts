import { describe, expect, it } from 'vitest';
import { isMeant, parseKillFilter, parseListFilter, type FilteredClient } from './client-filter.ts';

const client: FilteredClient = {
  id: 7,
  type: 'normal',
  address: '127.0.0.1:50000',
  localAddress: '127.0.0.1:7480',
  user: 'default',
  ageSeconds: 60,
};

describe('parseListFilter', () => {
  it.each([
    ['', true],
    ['TYPE normal', true],
    ['type pubsub', false],
    ['type slave', false],
    ['ID 6 7', true],
    ['id 6', false],
  ])('of "%s" means a plain client: %s', (text, want) => {
    const filter = parseListFilter(text === '' ? [] : text.split(' '));
    if (typeof filter === 'string') throw new Error(filter);
    expect(isMeant(client, filter)).toBe(want);
  });

  it.each([
    ['type foo', "ERR Unknown client type 'foo'"],
    ['id', 'ERR syntax error'],
    ['id x', 'ERR Invalid client ID'],
    ['id 1 ', 'ERR Invalid client ID'],
    ['foo', 'ERR syntax error'],
  ])('refuses "%s"', (text, error) => {
    expect(parseListFilter(text.split(' '))).toBe(error);
  });
});

describe('parseKillFilter', () => {
  it.each([
    ['id 7', true],
    ['id 7 type pubsub', false],
    ['addr 127.0.0.1:50000', true],
    ['laddr 127.0.0.1:7480 maxage 60', true],
    ['maxage 61', false],
    ['user default skipme no', true],
  ])('of "%s" means the client: %s', (text, want) => {
    const filter = parseKillFilter(text.split(' '));
    if (typeof filter === 'string') throw new Error(filter);
    expect(isMeant(client, filter)).toBe(want);
  });

  it.each([
    ['1 2', 'ERR syntax error'],
    ['id', 'ERR syntax error'],
    ['id 0', 'ERR client-id should be greater than 0'],
    ['id abc', 'ERR client-id should be greater than 0'],
    ['type foo', "ERR Unknown client type 'foo'"],
    ['user nobody', "ERR No such user 'nobody'"],
    ['skipme foo', 'ERR syntax error'],
    ['skipme constructor', 'ERR syntax error'],
    ['__proto__ x', 'ERR syntax error'],
    ['constructor x', 'ERR syntax error'],
    ['type constructor', "ERR Unknown client type 'constructor'"],
  ])('refuses "%s"', (text, error) => {
    expect(parseKillFilter(text.split(' '))).toBe(error);
  });
});
