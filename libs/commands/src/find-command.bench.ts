import type { RequestView } from '@keyfleet/resp';
import { microBench, type MicroCase, type Run } from '@keyfleet/testkit';
import type { Command } from './command.ts';
import { commands } from './command-list.ts';
import { findCommand } from './find-command.ts';
import { requestOf } from './request-of.ts';

const REQUESTS = 1024;

const common: readonly string[][] = [
  ['GET', 'user:000123:profile'],
  ['SET', 'user:000123:profile', 'v'.repeat(64)],
  ['MGET', 'user:000123:profile', 'user:000124:profile'],
  ['hgetall', 'cart:000123'],
  ['ZRANGEBYSCORE', 'board:7', '-inf', '+inf'],
  ['expire', 'cart:000123', '3600'],
  ['EXISTS', 'cart:000123'],
  ['INCR', 'hits:2026-11-22'],
];
const withSubcommands: readonly string[][] = [
  ['CLIENT', 'SETNAME', 'worker-7'],
  ['object', 'encoding', 'cart:000123'],
  ['CONFIG', 'GET', 'save'],
  ['XINFO', 'STREAM', 'events'],
];

const byName = new Map(commands.map((command) => [command.name, command]));

/** What is written at first. */
function findByText({ bytes, offsets, count }: RequestView): Command | undefined {
  const name = textOf(bytes as Buffer, offsets[0]!, offsets[1]!);
  const command = byName.get(name);
  if (command === undefined || command.subcommands.length === 0 || count < 2) return command;
  return byName.get(`${name}|${textOf(bytes as Buffer, offsets[2]!, offsets[3]!)}`) ?? command;
}

function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end).toLowerCase();
}

function finding(args: readonly string[][], find: typeof findCommand): Run {
  const requests = Array.from({ length: REQUESTS }, (_, n) => {
    const request = requestOf(args[n % args.length]!);
    return { ...request, bytes: Buffer.from(request.bytes) };
  });
  const wanted = requests.reduce((sum, request) => sum + findByText(request)!.index, 0);
  return () => {
    let sum = 0;
    for (const request of requests) sum += find(request)!.index;
    return sum === wanted ? REQUESTS : 0;
  };
}

const against = (args: readonly string[][]): Pick<MicroCase, 'ours' | 'baseline'> => ({
  ours: finding(args, findCommand),
  baseline: finding(args, findByText),
});

microBench({
  title: 'findCommand',
  about: 'The command of a request. The baseline asks a Map for the decoded, lower-cased name.',
  unit: 'request',
  baseline: 'Map of names',
  cases: [
    { name: 'eight common commands', ...against(common), ratioMax: 0.5 },
    { name: 'four with subcommands', ...against(withSubcommands), ratioMax: 0.5 },
  ],
});
