import { LimitExceeded } from './errors.ts';
import { storeLimits, type Compare, type Operation } from './port.ts';

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;
const keyOf = (operation: Operation): string =>
  'put' in operation ? operation.put : operation.delete;

function checkLimit(what: string, actual: number, limit: number): void {
  if (actual > limit) throw new LimitExceeded(what, actual, limit);
}

/** Refuses what etcd would refuse, before anything is sent, so that every store has the same limits. */
export function checkTransaction(
  compares: readonly Compare[],
  operations: readonly Operation[],
): void {
  checkLimit('compares', compares.length, storeLimits.comparesMax);
  checkLimit('operations', operations.length, storeLimits.operationsMax);

  const keys = operations.map(keyOf);
  for (const key of [...compares.map((compare) => compare.key), ...keys]) checkKey(key);
  if (new Set(keys).size < keys.length) {
    throw new RangeError('Cannot write transaction: a key is written twice, want each key once');
  }

  let bytes = 0;
  for (const { key } of compares) bytes += bytesOf(key);
  for (const operation of operations) {
    bytes += bytesOf(keyOf(operation)) + ('put' in operation ? bytesOf(operation.value) : 0);
  }
  checkLimit('bytes', bytes, storeLimits.transactionBytesMax);
}

export function checkKey(key: string): void {
  if (key === '') throw new RangeError('Cannot use key: it is empty, want at least one character');
}

export function checkLeaseTtl(ttlSeconds: number): void {
  if (Number.isSafeInteger(ttlSeconds) && ttlSeconds >= storeLimits.leaseTtlSecondsMin) return;
  throw new RangeError(
    `Cannot grant lease: its ttl is ${ttlSeconds} s, want whole seconds from ${storeLimits.leaseTtlSecondsMin}`,
  );
}
