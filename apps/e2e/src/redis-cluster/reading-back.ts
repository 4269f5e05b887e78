/**
 * A client of a library that reads back what it wrote. Its keys are its own and each value is unique, so a value that
 * is lost, another's or old shows. What it is answered with instead is kept: the test says which errors may be.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { FeatureClient } from '../features/feature-client.ts';

/** Between two values, so that a client loads the machine no more than users do. */
const PAUSE_MS = 2;

export type ReadBack = {
  checked: number;
  /** `key: text`. */
  readonly errors: string[];
  readonly wrong: string[];
};

export async function readBackUntil(
  signal: AbortSignal,
  client: FeatureClient,
  keys: readonly string[],
): Promise<ReadBack> {
  const seen: ReadBack = { checked: 0, errors: [], wrong: [] };
  for (let n = 0; !signal.aborted; n++) {
    const key = keys[n % keys.length]!;
    const value = `${key}=${n}`;
    try {
      const got = await writeAndRead(client, { key, value, isTransaction: n % 5 === 0 });
      if (got !== value) seen.wrong.push(`${key}: got ${JSON.stringify(got)}, want ${value}`);
    } catch (error) {
      seen.errors.push(`${key}: ${(error as Error).message}`);
    }
    seen.checked++;
    await pause(PAUSE_MS);
  }
  return seen;
}

type Step = { readonly key: string; readonly value: string; readonly isTransaction: boolean };

async function writeAndRead(
  client: FeatureClient,
  { key, value, isTransaction }: Step,
): Promise<unknown> {
  if (isTransaction) return (await client.transaction(key, value, `${key}:counter`))?.[2];
  await client.set(key, value);
  return client.get(key);
}
