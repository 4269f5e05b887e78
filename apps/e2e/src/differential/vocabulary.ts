/**
 * Few words, so that commands meet each other's keys, fields and members. Sizes stay small: an offset of 2^31 is a string
 * of that length. Times are so long or so short ago that they end in no run.
 */
export type Value = string | Uint8Array;

/** Keys of one tag share a slot; these are on all of three shards. */
export const TAGS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
/** Of any type. */
const MIXED_KEYS = ['k0', 'k1', 'k2'];
/** By the group of the commands that make them; others take them too. */
const KEYS_OF_GROUP: Readonly<Record<string, readonly string[]>> = {
  string: ['s0', 's1', 's2'],
  bitmap: ['b0', 'b1', 's0'],
  hyperloglog: ['p0', 'p1'],
  list: ['l0', 'l1', 'l2'],
  set: ['t0', 't1', 't2'],
  'sorted-set': ['z0', 'z1', 'z2'],
  geo: ['g0', 'g1', 'z0'],
  hash: ['h0', 'h1', 'h2'],
  stream: ['x0', 'x1'],
};
const ALL_KEYS = [...new Set([...MIXED_KEYS, ...Object.values(KEYS_OF_GROUP).flat()])];

export function keysFor(group: string, isUsual: boolean): readonly string[] {
  return isUsual ? (KEYS_OF_GROUP[group] ?? ALL_KEYS) : MIXED_KEYS;
}

const BINARY = Uint8Array.from([0, 13, 10, 255, 36, 42, 128]);
const members: readonly Value[] = [
  'm0',
  'm1',
  'm2',
  'm3',
  'm4',
  '1',
  '2',
  '17',
  '3.5',
  '',
  'M1',
  BINARY,
];
const values: readonly Value[] = [
  '',
  'v',
  '0',
  '1',
  '10',
  '-5',
  '3.25',
  'text and more',
  'x'.repeat(100),
  BINARY,
];
const integers = ['0', '1', '2', '3', '10', '-1', '-3', '100', '9223372036854775807', '1e2'];
const sizes = ['0', '1', '2', '7', '8', '31', '100', '-1'];
const lasting = ['100000', '5000000', '0', '-1'];
const untils = {
  seconds: ['4102444800', '4202444800', '0', '-1'],
  milliseconds: ['4102444800000', '-1'],
};
const databases = ['0', '0', '0', '1', '15', '16', '-1'];
const scores = ['0', '1', '-1', '2.5', '1e3', 'inf', '-inf', '3'];
const scoreEnds = ['-inf', '+inf', '0', '(1', '1', '3', '(3'];
const lexEnds = ['-', '+', '[m1', '(m1', '[m3', '[', 'm2'];
const streamEnds = ['-', '+', '0', '1-1', '(1-1', '5', '9-9'];
/** `{N}` is a number greater than all before it in the round. */
const ids = ['1-1', '2-1', '3-5', '5', '9-9', '0', '0-0', '10-*', '$', '>'];
const words = ['get', 'set', 'client|id', 'xadd', 'nosuch', 'mget'];
const channels = ['ch0', 'ch1'];
const users = ['default', 'nobody'];

export const SCRIPTS = [
  'return 1',
  'return {KEYS[1],ARGV[1],ARGV[2]}',
  "return redis.call('GET',KEYS[1])",
  "return redis.call('SET',KEYS[1],ARGV[1])",
  "return redis.pcall('LPUSH',KEYS[1],'a')",
  "return redis.pcall('INCRBY',KEYS[1],ARGV[1])",
  "return {err='MY own error'}",
  "return {ok='fine'}",
  'return {1,2,{3.7,false,true}}',
  "redis.setresp(3); return redis.call('ZSCORE',KEYS[1],ARGV[1])",
  'not lua',
];
export const LIBRARIES = [
  "#!lua name=one\nredis.register_function('one_get', function(keys, args) return redis.call('GET', keys[1]) end)",
  "#!lua name=two\nredis.register_function{function_name='two_echo', callback=function(keys, args) return args end, flags={'no-writes'}}",
  'no library',
];

/** By `type:name` of COMMAND DOCS, `{T}` stands for the tag of the command's keys, or by name alone. */
const byName: Readonly<Record<string, readonly Value[]>> = {
  member: members, member1: members, member2: members, element: members, field: members, pivot: members,
  'string:value': values, message: values, arg: members,
  'integer:value': ['0', '1', '2', '-7', '255'],
  seconds: lasting, milliseconds: lasting, ttl: lasting, ms: ['0', '1000'],
  'min-idle-time': ['0', '1000000000'],
  'unix-time-seconds': untils.seconds, 'unix-time-milliseconds': untils.milliseconds,
  'double:timeout': ['0.001'], 'integer:timeout': ['1'],
  db: databases, 'destination-db': databases, index1: databases, index2: databases,
  cursor: ['0'], bit: ['0', '1', '2'], offset: sizes, protover: ['2', '3', '4'], 'client-id': ['999999999'],
  start: ['0', '1', '-2', '5'], end: ['-1', '0', '2', '100'], stop: ['-1', '0', '2', '100'],
  longitude: ['13.361389', '15.087269', '2.3', '13.5', '12.1', '9', '-200'], latitude: ['38.115556', '37.502669', '48.8', '38', '37', '40', '90'],
  radius: ['100', '200.5', '5000', '-1'], height: ['100', '5000'], width: ['100', '5000'],
  score: scores, 'double:increment': ['0', '1', '-1', '2.5', '1e3'], weight: ['1', '2', '-1', '0.5'],
  'double:min': scoreEnds, 'double:max': scoreEnds, 'string:min': lexEnds, 'string:max': lexEnds,
  'string:start': streamEnds, 'string:end': streamEnds, 'string:stop': [...scoreEnds, ...lexEnds],
  id: ids, 'last-id': ids, lastid: ids, 'max-deleted-id': ids, threshold: ['0', '1', '3', '5-0'],
  group: ['g0', 'g1'], consumer: ['c0', 'c1'],
  encoding: ['u8', 'i8', 'i16', 'u63', 'i64', 'u64', 'i5'], operation: ['AND'],
  script: SCRIPTS, function: ['one_get', 'two_echo', 'one_get', 'two_echo', 'nosuch'], 'function-code': LIBRARIES,
  'library-name': ['one', 'two', 'nosuch'], 'library-name-pattern': ['*', 'o*'],
  pattern: ['*', 'm*', 'k?', '{a}*', '[m-n]*', ''], 'match-pattern': ['*'],
  'by-pattern': ['{T}:w_*', '{T}:k*', 'nosort'], 'get-pattern': ['#', '{T}:k*', '{T}:*', '{T}:k0'],
  'pattern:parameter': ['maxmemory-samples'], parameter: ['maxmemory-samples', 'nosuch'], category: ['read', 'nosuch'],
  section: ['server', 'keyspace', 'nosuch'], username: users, password: ['secret'], rule: ['on'],
  channel: channels, shardchannel: channels, 'command-name': words, command: words,
  'connection-name': ['name', 'two words'], clientname: ['name'], libname: ['lib'], libver: ['1.0'],
  event: ['command', 'nosuch'], type: ['string', 'hash', 'nosuch'], capability: ['redirect'],
}; // prettier-ignore

/** What one command means by a name that others use for something else. */
const byCommand: Readonly<Record<string, Readonly<Record<string, readonly Value[]>>>> = {
  xread: { milliseconds: ['1'], id: ['0', '1-1', '5', '$', '0-0', '9-9', '>'] },
  xreadgroup: { milliseconds: ['1'], id: ['>', '>', '0', '1-1', '$'] },
  xadd: { id: ['{N}-1', '{N}', '{N}-*', '{N}-0', '1-1', '0-0'] },
  xsetid: { 'last-id': ['{N}-1', '{N}', '1-1'] },
  xgroup: { id: ['0', '1-1', '$', '5', '10-*'] },
  setbit: { value: ['0', '1', '1', '2'] },
  lset: { index: ['0', '-1', '1', '5', 'abc'] },
  linsert: { pivot: ['m0', 'm1', '1', '2'] },
  zrange: {
    start: ['0', '0', '1', '-2', '-inf', '0', '(1', '[m1', '-'],
    stop: ['-1', '-1', '2', '3', '+inf', '1', '(3', '[m3', '+'],
  },
  zrangestore: {
    min: ['0', '0', '1', '-2', '-inf', '[m1', '-'],
    max: ['-1', '-1', '2', '3', '+inf', '[m3', '+'],
  },
  select: { index: databases },
  // Only these delete at once what is over; SET keeps it until somebody looks.
  expireat: { 'unix-time-seconds': [...untils.seconds, '1'] },
  pexpireat: { 'unix-time-milliseconds': [...untils.milliseconds, '1000'] },
  config: {
    value: ['5', '6', '7', 'abc'],
    parameter: ['maxmemory-samples', 'maxmemory-samples', 'nosuch'],
  },
  client: {
    'connection-name': ['name', 'other', 'two words'],
    'client-id': ['999999999'],
    prefix: ['{a}', '{b}:k', ''],
  },
};

export function wordsFor(command: string, type: string, name: string): readonly Value[] {
  const own = byCommand[command]?.[name];
  return (
    own ?? byName[`${type}:${name}`] ?? byName[name] ?? (type === 'integer' ? integers : members)
  );
}

/** What may stand in an argument's place: nothing that a blocking command would wait for. */
export const ODD: readonly Value[] = [
  '', 'abc', '-1', '99999999999999999999', 'nan', BINARY, 'x'.repeat(300), 'LIMIT', '(', '2.',
]; // prettier-ignore
