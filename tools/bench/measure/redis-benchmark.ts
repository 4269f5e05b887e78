/** The load generator. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SLOT_COUNT } from '@keyfleet/slots';
import type { Address } from '@keyfleet/testkit';
import { dyingWithUs } from '../run/dying-with-us.ts';
import { commandOf, inClusterMode } from '../workloads/command.ts';
import type { Part } from '../workloads/workloads.ts';
import { parseLoadReport, type LoadFigures } from './load-report.ts';

/** It waits for ever for a server that does not answer. The slowest workload here takes a millisecond per request. */
const RUN_MS_MIN = 120_000;
const REQUEST_MS_MAX = 5;
/** While it runs it writes the command again and again, with its 1000 keys if it has them. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export type LoadTarget = { readonly address: Address; readonly isCluster: boolean };
export type PartLoad = {
  readonly part: Part;
  readonly pipeline: number;
  readonly requests: number;
  /** Connects anew for each request. */
  readonly isReconnecting?: boolean;
};
export type PartWatch = { readonly signal: AbortSignal; readonly onConnected: () => void };

export async function runRedisBenchmark(
  target: LoadTarget,
  load: PartLoad,
  { signal, onConnected }: PartWatch,
): Promise<LoadFigures> {
  // Without its server it would connect anew for ever, on all of a core, beside whatever is measured next.
  const [first, ...rest] = [...dyingWithUs(), 'redis-benchmark', ...argumentsOf(target, load)];
  const running = promisify(execFile)(first!, rest, {
    signal,
    timeout: Math.max(RUN_MS_MIN, load.requests * REQUEST_MS_MAX),
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const { stdin, stdout } = running.child;
  // It says nothing before it is connected.
  stdout!.once('data', onConnected);
  stdin!.on('error', () => undefined); // it ended early: its exit code says why
  stdin!.end(commandOf(load.part).input ?? '');
  return parseLoadReport((await running).stdout);
}

function argumentsOf(target: LoadTarget, load: PartLoad): string[] {
  const { part, pipeline, requests, isReconnecting = false } = load;
  const plain = commandOf(part);
  const { args, input } = target.isCluster ? inClusterMode(plain) : plain;
  const flags = {
    h: target.address.host,
    p: target.address.port,
    c: part.connections,
    P: pipeline,
    // In cluster mode each number comes with the hash tag of each slot.
    r: target.isCluster ? Math.ceil(part.data.count / SLOT_COUNT) : part.data.count,
    n: requests,
    k: isReconnecting ? 0 : 1,
  };
  return [
    ...Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]),
    ...(target.isCluster ? ['--cluster'] : []),
    ...(input === null ? [] : ['-x']),
    ...args,
  ];
}
