/** What is measured side by side, as data: a candidate more is an entry more. */
import type { Address } from '@keyfleet/testkit';
import { startDirect } from './direct.ts';
import { startEnvoy } from './envoy.ts';
import { startKeyfleet } from './keyfleet.ts';

/** What is started is put on the stack, which stops it all. */
export type Start = (stack: AsyncDisposableStack) => Promise<Started | Absent>;

export type Started = {
  readonly version: string;
  readonly address: Address;
  /** Null: there is nothing between client and server. */
  readonly proxyPid: number | null;
  readonly serverPids: readonly number[];
};

/** It cannot be had here, and why. */
export type Absent = { readonly absent: string };

export type Candidate = {
  readonly name: string;
  /** Must be fetched first, so not part of a quick run. */
  readonly isFetched: boolean;
  readonly start: Start;
};

/** Of the checkout at `root`, and of another one `beside` it, by which a change is measured. */
export function candidatesOf(root: string, beside: string | null): readonly Candidate[] {
  const other = { name: BESIDE, isFetched: false, start: startKeyfleet(beside ?? root) };
  return [
    { name: 'keyfleet', isFetched: false, start: startKeyfleet(root) },
    ...(beside === null ? [] : [other]),
    { name: 'Envoy', isFetched: true, start: startEnvoy },
    { name: 'direct', isFetched: false, start: startDirect },
  ];
}

const BESIDE = 'keyfleet beside';
/** The others are shown as multiples of these. */
export const BASELINES: readonly string[] = [BESIDE, 'Envoy', 'direct'];
