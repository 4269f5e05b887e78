import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { describe, expect, it } from 'vitest';
import { EVERYWHERE, mayBeHeard, notifiedKey, placeOf, publishSlot } from './place.ts';

const bytes = (text: string) => Buffer.from(text);
const slot = (text: string) => keySlot(bytes(text), 0, text.length);

function requestOf(...words: string[]) {
  const request = new RequestFramer();
  request.push(encodeCommand(words));
  request.next();
  return request;
}

describe('placeOf()', () => {
  it.each([
    ['channel', 'news', 'all', EVERYWHERE],
    ['channel', 'news', 'home', slot('news')],
    ['channel', 'a{tag}b', 'home', slot('tag')],
    ['channel', '__keyspace@0__:k', 'home', EVERYWHERE],
    ['channel', '__keyevent@15__:del', 'home', EVERYWHERE],
    ['channel', '__keyspace@x__:k', 'home', slot('__keyspace@x__:k')],
    ['pattern', 'news.*', 'home', EVERYWHERE],
    ['shardChannel', 'news', 'all', slot('news')],
    ['shardChannel', '__keyspace@0__:k', 'all', slot('__keyspace@0__:k')],
  ] as const)('%s %s with scope %s', (kind, name, scope, want) => {
    expect(placeOf(kind, name, scope)).toBe(want);
  });
});

describe('publishSlot() is that of', () => {
  it.each([
    ['the channel', 'news', 'hi', 'news'],
    ['its tag', '{a}news', 'hi', 'a'],
    ['the key that a notification is about', '__keyspace@0__:{a}k', 'set', '{a}k'],
    ['the key that an event is about', '__keyevent@0__:set', 'k', 'k'],
  ])('%s', (_what, channel, message, want) => {
    const request = requestOf('PUBLISH', channel, message);
    expect(publishSlot('channel', channel, request)).toBe(slot(want));
  });

  it('a sharded channel, whatever its name', () => {
    const channel = '__keyspace@0__:k';
    const request = requestOf('SPUBLISH', channel, 'set');
    expect(publishSlot('shardChannel', channel, request)).toBe(slot(channel));
  });
});

describe('mayBeHeard()', () => {
  const isOwner = (of: number) => of === slot('mine');

  it.each([
    ['a message, whoever publishes it', 'news', 'hi', true],
    ['what only looks like a notification', '__other', 'hi', true],
    ['what the owner tells of its key', '__keyspace@0__:mine', 'set', true],
    ['what the owner tells of an event', '__keyevent@0__:set', 'mine', true],
    ['what another tells while the key is copied', '__keyspace@0__:theirs', 'restore', false],
    ['what another tells while it is trimmed', '__keyevent@0__:del', 'theirs', false],
    ['the platform among itself', '__keyfleet:confirm', '', false],
    ['of the platform’s keys', '__keyevent@0__:set', '__keyfleet:stamp', false],
    ['of the platform’s keys by name', '__keyspace@0__:__keyfleet:stamp', 'set', false],
  ])('%s', (_what, channel, message, want) => {
    expect(mayBeHeard(channel, bytes(message), isOwner)).toBe(want);
  });

  it('keeps a key’s bytes', () => {
    const key = Buffer.from([0xff, 0x00, 0xe4]);
    expect(notifiedKey(`__keyspace@0__:${key.toString('latin1')}`, bytes('set'))).toEqual(key);
  });
});
