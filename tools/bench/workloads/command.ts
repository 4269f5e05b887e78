/** A part of a workload as `redis-benchmark` takes it. Pure. */
import { valueOf } from './data-sets.ts';
import type { Part } from './workloads.ts';

export type Command = {
  readonly args: readonly string[];
  /** For `-x`, the last argument: Linux allows an argument of the command line 128 KB. */
  readonly input: string | null;
};

/** What redis-benchmark replaces by a number below `-r`, for each request anew. */
const RANDOM = '__rand_int__';

export function commandOf({ verb, data, keys, tags }: Part): Command {
  const names = Array.from({ length: keys }, (_, n) => keyPattern(data.prefix, tags, n));
  if (verb === 'SET') return { args: [verb, ...names], input: valueOf(data) };
  if (verb !== 'MSET') return { args: [verb, ...names], input: null };
  return { args: [verb, ...names.flatMap((name) => [name, valueOf(data)])], input: null };
}

function keyPattern(prefix: string, tags: readonly string[], n: number): string {
  const tag = tags.length === 0 ? '' : `{${tags[n % tags.length]!}}`;
  return tag + prefix + RANDOM;
}

/** In cluster mode redis-benchmark wants a place for the hash tag by which it finds the server. */
export function inClusterMode({ args, input }: Command): Command {
  return { args: args.map((arg) => arg.replace(RANDOM, `{tag}${RANDOM}`)), input };
}
