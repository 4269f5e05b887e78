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
    ['near', '*2 $1 a :7', '*2 $1 a :9'],
    ['near', '%1 $4 idle :7', '%1 $4 idle :9'],
    ['step', '*2 $1 0 *2 $1 a $1 b', '*2 $1 0 *2 $1 b $1 a'],
    ['step', '*2 $1 8 *1 $1 a', '*2 $1 4 *2 $1 b $1 c'],
    ['count', '*2 $1 a $1 b', '*2 $1 c $2 dd'],
    ['count', '$1 a', '$2 bb'],
    ['length', '$2 ab', '$2 ba'],
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
    ['near', '*2 $1 a :7', '*2 $1 b :7'],
    ['near', '*2 $1 a :7', '*1 $1 a'],
    ['near', '%1 $1 a :7', '*2 $1 a :7'],
    ['step', '*2 $1 0 *2 $1 a $1 b', '*2 $1 0 *1 $1 a'],
    ['count', '*2 $1 a $1 b', '*1 $1 a'],
    ['count', '*1 $1 a', '*1 :1'],
    ['length', '$2 ab', '$1 a'],
    ['shape', '$1 a', ':1'],
    ['shape', '*1 +a', '*1 $1 a'],
    ['shape', '-ERR a', '-ERR b'],
  ])('%s: %s is not %s', (rule, plain, proxied) => {
    expect(isSameReply(rule, bytes(plain), bytes(proxied))).toBe(false);
  });
});
