/**
 * Commands that are more than one request to one server: each has a handler of ours. Here by the feature that has it, so
 * that the table of dispositions, the generated docs and the handlers agree (a test compares them).
 */
export const ownCommands = {
  /** A connection's own state, and the proxy itself: `local`. */
  local: [
    'auth', 'client|capa', 'client|getname', 'client|help', 'client|id', 'client|info', 'client|kill',
    'client|list', 'client|no-evict', 'client|no-touch', 'client|pause', 'client|reply', 'client|setinfo', 'client|setname',
    'client|unpause', 'command',
    'command|count', 'command|docs', 'command|getkeys', 'command|getkeysandflags', 'command|info', 'command|list',
    'echo', 'hello', 'monitor', 'ping', 'quit', 'reset', 'select',
  ],
  /** The proxies, posing as a Redis Cluster: `cluster`. */
  cluster: [
    'asking', 'cluster|countkeysinslot', 'cluster|getkeysinslot', 'cluster|help', 'cluster|info', 'cluster|keyslot', 'cluster|myid', 'cluster|myshardid', 'cluster|nodes',
    'cluster|shards', 'cluster|slots',
  ],
  /** Where a connection reads: `reads`. */
  reads: ['readonly', 'readwrite'],
  /** Over all shards: `wide`. */
  wide: [
    'acl|cat', 'acl|genpass', 'acl|getuser', 'acl|help', 'acl|list', 'acl|log', 'acl|users', 'acl|whoami', 'command|help',
    'commandlog|get', 'commandlog|help', 'commandlog|len', 'commandlog|reset', 'config|get', 'config|help',
    'config|resetstat', 'config|set', 'dbsize', 'flushall', 'flushdb', 'info', 'keys',
    'lastsave', 'latency|doctor', 'latency|graph', 'latency|help', 'latency|histogram', 'latency|history',
    'latency|latest', 'latency|reset', 'lolwut', 'memory|doctor', 'memory|help', 'memory|malloc-stats', 'memory|purge',
    'memory|stats', 'module|help', 'module|list', 'object|help', 'randomkey', 'role', 'scan', 'script|help', 'script|show', 'slowlog|get', 'slowlog|help', 'slowlog|len', 'slowlog|reset', 'time', 'wait', 'waitaof',
    'xgroup|help', 'xinfo|help',
  ],
  /** Scripts and functions, with keys or without: `scripts`. */
  scripts: [
    'eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro', 'function|delete', 'function|dump', 'function|flush',
    'function|help', 'function|kill', 'function|list', 'function|load', 'function|restore', 'function|stats',
    'script|exists', 'script|flush', 'script|kill', 'script|load',
  ],
  /** Between MULTI and EXEC, and before: `session`. */
  transactions: ['discard', 'exec', 'multi', 'unwatch', 'watch'],
  /** On connections of their own: `session`. */
  blocking: [
    'blmove', 'blmpop', 'blpop', 'brpop', 'brpoplpush', 'bzmpop', 'bzpopmax', 'bzpopmin', 'client|unblock', 'xread',
    'xreadgroup',
  ],
  pubsub: [
    'psubscribe', 'publish', 'pubsub|channels', 'pubsub|help', 'pubsub|numpat', 'pubsub|numsub',
    'pubsub|shardchannels', 'pubsub|shardnumsub', 'punsubscribe', 'spublish', 'ssubscribe', 'subscribe',
    'sunsubscribe', 'unsubscribe',
  ],
  /** Client-side caching: `tracking`. */
  tracking: ['client|caching', 'client|getredir', 'client|tracking', 'client|trackinginfo'],
} as const satisfies Record<string, readonly string[]>; // prettier-ignore
