import { ConfigError } from '@keyfleet/runtime';
import type { Failure } from './messages.ts';

/** Why a proxy whose worker could not start did not start. */
export function startError({ because, code, mistakes }: Failure): Error {
  if (mistakes !== null) return new ConfigError(mistakes);
  if (code === 'ENOTSUP') {
    const lack = 'this system does not spread connections over sockets that share a port';
    return new ConfigError([`--workers  want 1: ${lack} (SO_REUSEPORT on Linux and FreeBSD does)`]);
  }
  return new Error(`Cannot start a worker: ${because}`);
}
