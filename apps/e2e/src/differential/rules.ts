/**
 * How the replies of a command are held against each other, reviewed: whatever is not here has to be equal to the byte.
 * Tips say `nondeterministic_output` of more commands than differ on equal data, so this goes by name.
 */
export type Rule =
  | 'exact'
  /** The elements, in any order. */
  | 'anyOrder'
  /** The same, but of a flat list of pairs. */
  | 'pairsInAnyOrder'
  /** Times: numbers that are near; what holds them is the same. */
  | 'near'
  /** A scan of one key that is done in one step has all elements, in any order; else by shape. */
  | 'step'
  /** As many elements, whichever, of the same shape. */
  | 'count'
  /** As many bytes. */
  | 'length'
  /** The same type of reply; errors are still equal. */
  | 'shape'
  /** Only the proxy is asked: what it answers is its own, but it is one whole reply. */
  | 'proxyOnly'
  /** Not sent. */
  | 'leftOut';

export type RuleEntry = { readonly rule: Rule; readonly because: string; readonly names: string };

export const rules: readonly RuleEntry[] = [
  { rule: 'anyOrder', because: 'elements of a set have no order', names: 'smembers sunion sinter sdiff hkeys hvals keys function|list acl|cat pubsub|channels pubsub|shardchannels module|list' },
  { rule: 'pairsInAnyOrder', because: 'fields of a hash have no order', names: 'hgetall' },
  { rule: 'near', because: 'time goes on between the two servers', names: 'ttl pttl expiretime pexpiretime lastsave object|idletime xpending xinfo|consumers xinfo|stream' },
  { rule: 'near', because: 'numbers of the connection', names: 'client|id' },
  { rule: 'count', because: 'chosen by chance', names: 'spop srandmember hrandfield zrandmember' },
  { rule: 'shape', because: 'chosen by chance', names: 'randomkey acl|genpass' },
  { rule: 'step', because: 'elements have no order', names: 'sscan hscan zscan' },
  { rule: 'shape', because: 'a cursor is that of one server, and so are the keys of a step', names: 'scan' },
  { rule: 'shape', because: 'tells the time', names: 'time' },
  { rule: 'length', because: 'the bytes of a hash table are in the order of the server’s own seed', names: 'dump function|dump' },
  { rule: 'shape', because: 'tells of the process, its memory or its connections', names: 'info client|info client|list hello role lolwut memory|usage memory|stats memory|doctor memory|malloc-stats slowlog|get slowlog|len latency|doctor latency|histogram latency|history latency|latest latency|reset acl|log' },
  { rule: 'shape', because: 'the proxy knows the commands of three versions', names: 'command command|count command|docs command|info command|list' },
  { rule: 'shape', because: 'the proxy says what it has', names: 'client|help' },
  { rule: 'proxyOnly', because: 'the plain server is no cluster, and the proxy answers as one', names: 'cluster|* readonly readwrite asking' },
  { rule: 'proxyOnly', because: 'about the servers, which belong to the control plane', names: 'bgrewriteaof bgsave save config|rewrite debug failover replicaof slaveof sync psync replconf module|load module|loadex module|unload pfselftest pfdebug migrate' },
  { rule: 'proxyOnly', because: 'users are the servers’ own, and made by K9', names: 'acl|setuser acl|deluser acl|dryrun acl|load acl|save' },
  { rule: 'proxyOnly', because: 'databases of several shards cannot be swapped at once', names: 'swapdb' },
  { rule: 'leftOut', because: 'ends the connection or the server, or stops its replies: of these the suite has tests', names: 'quit shutdown monitor client|reply client|kill client|pause client|no-touch' },
  { rule: 'leftOut', because: 'answers several times or later: pubsub.e2e.test.ts has it', names: 'subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe' },
  { rule: 'leftOut', because: 'written as whole transactions', names: 'multi exec discard watch unwatch' },
  { rule: 'leftOut', because: 'the proxy refuses it', names: 'script|debug' },
]; // prettier-ignore

const ruleByName = new Map(
  rules.flatMap(({ rule, names }) => names.split(' ').map((name) => [name, rule])),
);

export function ruleFor(name: string): Rule {
  return ruleByName.get(name) ?? ruleByName.get(`${name.split('|')[0]!}|*`) ?? 'exact';
}

/** What depends on more than the name. */
export const exceptions: readonly {
  readonly because: string;
  readonly rule: Rule;
  readonly isOf: IsOf;
}[] = [
  {
    because:
      'keys that SORT makes of elements may be on another shard, so the proxy refuses the pattern',
    rule: 'leftOut',
    isOf: (name, words) => isSort(name) && words.some((word) => mayLeave(word, words[1])),
  },
  {
    because: 'without an order, a set is listed, or cut, by chance',
    rule: 'shape',
    isOf: (name, words) => isSort(name) && isByChance(words),
  },
  {
    because: 'Redis 7.0 gives the name before it reads the rest, which may be an error',
    rule: 'leftOut',
    isOf: (name, words) => name === 'hello' && hasWord(words, 'setname'),
  },
  {
    because:
      'whether a time from now is beyond one that was given before depends on the time between',
    rule: 'leftOut',
    isOf: (name, words) =>
      /^p?expire$/.test(name) && (hasWord(words, 'gt') || hasWord(words, 'lt')),
  },
  {
    because: 'a cursor that is none is refused; Redis reads of it what it can',
    rule: 'leftOut',
    isOf: (name, words) => name === 'scan' && !/^\d+$/.test(String(words[1])),
  },
  {
    because: 'what a scan finds from the middle depends on the order of the elements',
    rule: 'shape',
    isOf: (name, words) => ruleFor(name) === 'step' && words[2] !== '0',
  },
  {
    because: 'ZRANK takes WITHSCORE since Redis 7.2: a later argument is for the server to refuse',
    rule: 'leftOut',
    isOf: (name, words) => /^z(rev)?rank$/.test(name) && words.length > 3,
  },
  {
    because: 'Redis 7.0 cannot be asked for the keys of a name alone',
    rule: 'leftOut',
    isOf: (name, words) => name.startsWith('command|getkeys') && words.length === 3,
  },
];
type IsOf = (name: string, words: readonly unknown[]) => boolean;

export function ruleOf(name: string, words: readonly unknown[]): Rule {
  return exceptions.find(({ isOf }) => isOf(name, words))?.rule ?? ruleFor(name);
}

/** After these, the two servers have different data under their keys, which are deleted. */
export function isDiverging(name: string, words: readonly unknown[]): boolean {
  if (name === 'xadd') return words.includes('*');
  if (name === 'sort') return isByChance(words) && hasWord(words, 'store');
  return name === 'spop';
}

/** Texts that are sorted by keys which are not there are all alike. */
function isByChance(words: readonly unknown[]): boolean {
  return hasWord(words, 'nosort') || (hasWord(words, 'by') && hasWord(words, 'alpha'));
}

/** Whether a pattern is not of the key's tag. */
function mayLeave(word: unknown, key: unknown): boolean {
  if (typeof word !== 'string') return true;
  const tag = /^\{\w\}/.exec(String(key))?.[0];
  return word.includes('*') && (tag === undefined || !word.startsWith(tag));
}

function isSort(name: string): boolean {
  return name === 'sort' || name === 'sort_ro';
}

function hasWord(words: readonly unknown[], wanted: string): boolean {
  return words.some((word) => typeof word === 'string' && word.toLowerCase() === wanted);
}
