import { describe, expect, it } from 'vitest';
import type { Rule } from './rules.ts';
import { isSameReply } from './same-reply.ts';

const bytes = (text: string) => Buffer.from(text.replaceAll(' ', '\r\n') + '\r\n');

describe('isSameReply', () => {
  it.each<[Rule, string, string]>([
    ['exact', '+OK', '+OK'],
    ['anyOrder', '*2 $1 a $1 b', '*2 $1 b $1 a'],
    ['anyOrder', '~2 $1 a $1 b', '~2 $1 b $1 a'],
    ['pairsInAnyOrder', '*4 $1 a $1 1 $1 b $1 2', '*4 $1 b $1 2 $1 a $1 1'],
    ['pairsInAnyOrder', '%2 $1 a $1 1 $1 b $1 2', '%2 $1 b $1 2 $1 a $1 1'],
    ['near', ':1000', ':998'],
    ['near', ':-2', ':-2'],
    ['shape', '$1 a', '$2 bc'],
    ['shape', '*1 :1', '*3 :1 :2 :3'],
    ['shape', '*0', '*1 :1'],
  ])('%s: %s is %s', (rule, plain, proxied) => {
    expect(isSameReply(rule, bytes(plain), bytes(proxied))).toBe(true);
  });

  it.each<[Rule, string, string]>([
    ['exact', '$1 a', '$1 b'],
    ['anyOrder', '*2 $1 a $1 b', '*2 $1 a $1 a'],
    ['anyOrder', '*2 $1 a $1 b', '~2 $1 a $1 b'],
    ['anyOrder', '*1 $1 a', '$1 a'],
    ['pairsInAnyOrder', '*4 $1 a $1 1 $1 b $1 2', '*4 $1 a $1 2 $1 b $1 1'],
    ['near', ':-1', ':5'],
    ['near', ':1', ':99999999'],
    ['shape', '$1 a', ':1'],
    ['shape', '*1 +a', '*1 $1 a'],
    ['shape', '-ERR a', '-ERR b'],
  ])('%s: %s is not %s', (rule, plain, proxied) => {
    expect(isSameReply(rule, bytes(plain), bytes(proxied))).toBe(false);
  });
});
