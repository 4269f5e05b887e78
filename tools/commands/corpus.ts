/**
 * Requests whose keys every server is asked for: each command in several lengths, and those with
 * movable keys in many more shapes, right and wrong ones. Random shapes come from a fixed seed, so
 * that a new run gives the same corpus.
 */
import type { CommandRow } from '@keyfleet/commands';

const SEED = 7480;
const RANDOM_SHAPES = 25;
const EXTRA_ARGUMENTS_MAX = 4;
const COUNTS = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '-1',
  'x',
  '1x',
  ' 1',
  '01',
  '+1',
  '',
  '99',
  '4294967297',
  '99999999999999999999',
];
/** Words that mean something to commands with movable keys, and some that do not. */
const VOCABULARY = [
  ...'STREAMS streams STORE storedist KEYS keys GET BY LIMIT COUNT BLOCK GROUP'.split(' '),
  ...'NOACK AUTH AUTH2 COPY REPLACE ALPHA 0 1 2 3 -1 1x a b c a'.split(' '),
  '',
];

/** Shapes that no rule below would come upon. */
const HANDWRITTEN = `
sort list
sort list BY weight_* LIMIT 0 10 GET obj_* GET # ASC ALPHA STORE out
SORT list store first STORE second
sort list BY store GET store
sort list STORE
sort list LIMIT 0 STORE out
sort list GET STORE out
sort list STORE STORE out
sort_ro list BY w GET x
sort_ro list STORE out
xread COUNT 2 STREAMS s1 s2 0 0
xread BLOCK 0 STREAMS s1 $
xread streams s1 0-0
xread STREAMS s1 s2 0
xread STREAMS s1
xread COUNT STREAMS s1 0
xread COUNT 2 BLOCK 0 s1 0
xread STREAMS streams 0
xread STREAMS STREAMS a 0 0
xreadgroup GROUP g c COUNT 1 NOACK STREAMS s1 s2 > >
xreadgroup GROUP g c STREAMS s1 s2 > >
xreadgroup GROUP streams streams STREAMS s1 >
xreadgroup COUNT 1 GROUP streams c STREAMS s1 >
xreadgroup COUNT 1 GROUP g streams STREAMS s1 >
xreadgroup BLOCK 5 GROUP streams streams STREAMS streams >
xreadgroup GROUP g c s1 > x
migrate 127.0.0.1 6380 key 0 100
migrate 127.0.0.1 6380 key 0 100 COPY REPLACE
migrate 127.0.0.1 6380 "" 0 100 KEYS a b c
migrate 127.0.0.1 6380 "" 0 100 COPY REPLACE AUTH keys KEYS a b
migrate 127.0.0.1 6380 "" 0 100 AUTH2 user keys keys a a
migrate 127.0.0.1 6380 "" 0 100 AUTH2 keys keys KEYS a
migrate 127.0.0.1 6380 key 0 100 KEYS a b
migrate 127.0.0.1 6380 "" 0 100 KEYS
migrate 127.0.0.1 6380 "" 0 100
migrate 127.0.0.1 6380 "" 0 100 AUTH KEYS a
georadius geo 15 37 200 km
georadius geo 15 37 200 km WITHCOORD COUNT 3 ASC STORE out
georadius geo 15 37 200 km STORE first STOREDIST second
georadius geo 15 37 200 km storedist out store
georadius geo 15 37 200 km STORE STORE
georadius geo 15 37 200 STORE out
georadius_ro geo 15 37 200 km STORE out
georadiusbymember geo m 200 km STORE out
georadiusbymember geo m 200 STORE out
georadiusbymember geo m 200 km COUNT 1 STOREDIST out
georadiusbymember_ro geo m 200 km
geosearchstore out in FROMMEMBER m BYRADIUS 1 km
set key value GET
set key value NX GET EX 10
set key value IFEQ old GET
bitfield key GET u8 0
bitfield key SET u8 0 1 GET u8 0
bitop AND out a b c
bitop NOT out a
zunionstore out 2 a b WEIGHTS 1 2 AGGREGATE SUM
zunionstore out 2 a a
zunionstore a 2 a b
zinterstore out 0 a
zdiffstore out 3 a b
eval script 2 a b arg
eval script 0
eval script 0 arg
eval script 2 a
eval script x a
evalsha sha 1 a
fcall f 1 a arg
fcall_ro f 0
lmpop 2 a b LEFT COUNT 3
blmpop 0 2 a b RIGHT
bzmpop 0 1 z MIN
zmpop 1 z MAX COUNT 2
sintercard 2 a b LIMIT 1
blpop a b c 0
brpop a 0
bzpopmin a b 0
brpoplpush a b 0
lmove a b LEFT RIGHT
blmove a b LEFT RIGHT 0
mset a 1 b 2 a 3
mset a 1 b
msetnx a 1 b 2
msetex 2 a 1 b 2 EX 10
msetex 2 a 1 b
msetex 1 a 1 NX
object encoding a
OBJECT FREQ a
object nosuch a
memory usage a SAMPLES 5
memory doctor
xgroup create s g $ MKSTREAM
XGROUP DELCONSUMER s g c
xinfo stream s FULL
xinfo consumers s g
debug object a
pfcount a b c
pfmerge out a b
copy a b DB 1
rename a b
watch a b a
lcs a b LEN
spublish ch m
ssubscribe a b
publish ch m
delifeq a v
waitaof 0 0 0
nosuchcommand a b`;

/** Every request of the corpus once, the commands in the table's order. */
export function buildCorpus(rows: readonly CommandRow[]): string[][] {
  const random = mulberry32(SEED);
  const requests = [
    ...HANDWRITTEN.trim().split('\n').map(words),
    ...rows.flatMap((row) => shapes(row, random)),
  ];
  const unique = new Map(requests.map((request) => [JSON.stringify(request), request]));
  return [...unique.values()];
}

function shapes(row: CommandRow, random: () => number): string[][] {
  const [name, arity, flags, , , , , , specs] = row;
  const command = name.split('|');
  const shortest = Math.abs(arity);
  const filled = (length: number): string[] => [...command, ...letters(length - command.length)];
  if (!specs.some((spec) => !spec.flags.includes('not_key'))) return [filled(shortest)];

  const lengths = Array.from({ length: EXTRA_ARGUMENTS_MAX + 2 }, (_, i) => shortest - 1 + i);
  const plain = lengths.filter((length) => length >= command.length).map(filled);
  const repeated = [
    ...command,
    ...Array.from({ length: shortest + 1 - command.length }, () => 'same'),
  ];
  const isMovable = flags.includes('movablekeys') || specs.some(({ find }) => find.by === 'keynum');
  return [...plain, repeated, ...(isMovable ? movableShapes(row, filled, random) : [])];
}

function movableShapes(
  row: CommandRow,
  filled: (length: number) => string[],
  random: () => number,
): string[][] {
  const [name, arity, , , , , , , specs] = row;
  const shortest = Math.abs(arity);
  const counted = specs.flatMap(({ begin, find }) => {
    if (begin.by !== 'index' || find.by !== 'keynum') return [];
    const at = begin.index + find.keynumidx;
    return COUNTS.flatMap((count) =>
      [0, 1, 3].map((extra) => filled(Math.max(shortest, at + 2) + extra).with(at, count)),
    );
  });
  const randomly = Array.from({ length: RANDOM_SHAPES }, () => {
    const length = shortest - name.split('|').length + Math.floor(random() * 6);
    return [...name.split('|'), ...Array.from({ length }, () => pick(VOCABULARY, random))];
  });
  return [...counted, ...randomly];
}

/** Splits a handwritten line; `""` is the empty argument. */
function words(line: string): string[] {
  return line.split(' ').map((word) => (word === '""' ? '' : word));
}

function letters(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i));
}

function pick(list: readonly string[], random: () => number): string {
  return list[Math.floor(random() * list.length)]!;
}

/** A small seeded generator (Tommy Ettinger's mulberry32), in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
