/** What a round begins with, so that commands find something: each type of data in every slot, groups, a library. */
import { LIBRARIES, TAGS, type Value } from './vocabulary.ts';

const ofTag = (tag: string): readonly (readonly Value[])[] => {
  const key = (name: string): string => `{${tag}}:${name}`;
  return [
    ['SET', key('s0'), '10'],
    ['SET', key('s1'), 'text'],
    ['SETRANGE', key('b0'), '2', 'bits'],
    ['PFADD', key('p0'), 'm0', 'm1'],
    ['RPUSH', key('l0'), 'm0', 'm1', '2', 'm1', '1'],
    ['RPUSH', key('l1'), '3', '1', '2'],
    ['SADD', key('t0'), 'm0', 'm1', 'm2'],
    ['SADD', key('t1'), '1', '2', '17'],
    ['ZADD', key('z0'), '1', 'm0', '2', 'm1', '3', 'm2'],
    ['ZADD', key('z1'), '0', 'm1', '0', 'm2', '0', 'm3'],
    ['GEOADD', key('g0'), '13.361389', '38.115556', 'm0', '15.087269', '37.502669', 'm1'],
    ['HSET', key('h0'), 'm0', 'v', 'm1', '1', 'm2', '3.5'],
    ['XADD', key('x0'), '1-1', 'm0', 'v'],
    ['XADD', key('x0'), '2-1', 'm1', 'v'],
    ['XGROUP', 'CREATE', key('x0'), 'g0', '0'],
    ['XGROUP', 'CREATE', key('x1'), 'g1', '$', 'MKSTREAM'],
    ['XREADGROUP', 'GROUP', 'g0', 'c0', 'COUNT', '1', 'STREAMS', key('x0'), '>'],
  ];
};

export const BEGINNING: readonly (readonly Value[])[] = [
  ...LIBRARIES.slice(0, 2).map((library) => ['FUNCTION', 'LOAD', library]),
  ...TAGS.flatMap(ofTag),
];
