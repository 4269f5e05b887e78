import type { KeySpec, ServerName } from './command-row.ts';

/**
 * To which servers a request of this command goes, and how their replies become one (Redis:
 * "command tips").
 */
export type RequestPolicy = 'all_nodes' | 'all_shards' | 'multi_shard' | 'special';
export type ResponsePolicy =
  | 'one_succeeded'
  | 'all_succeeded'
  | 'agg_logical_and'
  | 'agg_logical_or'
  | 'agg_min'
  | 'agg_max'
  | 'agg_sum'
  | 'special';

/**
 * What is known of one command or subcommand: the union of what Redis 7.0, Redis 8 and Valkey 9 say
 * of it.
 */
export interface Command {
  /** Lower case; a subcommand is `container|subcommand`. */
  readonly name: string;
  /** Its position in `commands`, for tables that are keyed by number. */
  readonly index: number;
  /**
   * How many arguments a request has, the name (and the container's) counted; negative: at least
   * that many.
   */
  readonly arity: number;
  readonly flags: ReadonlySet<string>;
  readonly aclCategories: readonly string[];
  readonly tips: readonly string[];
  readonly requestPolicy: RequestPolicy | undefined;
  readonly responsePolicy: ResponsePolicy | undefined;

  readonly isWrite: boolean;
  /** Scripts are neither write nor readonly: nobody knows before they run. */
  readonly isReadonly: boolean;
  readonly isBlocking: boolean;
  readonly isAdmin: boolean;
  readonly isPubsub: boolean;
  /** Not allowed between MULTI and EXEC. */
  readonly isNoMulti: boolean;

  /** The command can name keys; what a channel is named by (SPUBLISH) is none. */
  readonly hasKeys: boolean;
  /** A request that names no key is well formed (EVAL with 0). */
  readonly keysAreOptional: boolean;
  /** Exactly one key, always argument 1. */
  readonly oneKey: boolean;
  readonly keySpecs: readonly KeySpec[];
  /** The key range of the days before key specifications, as COMMAND INFO still gives it. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;

  readonly servers: readonly ServerName[];
  /** The command that this is a subcommand of. */
  readonly container: Command | undefined;
  readonly subcommands: readonly Command[];
}

/**
 * Whether a request of `argumentCount` arguments, the command's name included, has a length that
 * the command allows.
 */
export function hasValidArity(command: Command, argumentCount: number): boolean {
  return command.arity >= 0 ? argumentCount === command.arity : argumentCount >= -command.arity;
}
