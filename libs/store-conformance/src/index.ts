import { describe } from 'vitest';
import type { MakeStore } from './harness.ts';
import { describeCampaigns } from './campaigns.ts';
import { describeEntries } from './entries.ts';
import { describeLeases } from './leases.ts';
import { describeWatches } from './watches.ts';

/** What the Store port means, for every implementation. Each test makes a store of its own. */
export function describeStore(name: string, makeStore: MakeStore): void {
  describe(`${name} keeps the Store port`, () => {
    describeEntries(makeStore);
    describeWatches(makeStore);
    describeLeases(makeStore);
    describeCampaigns(makeStore);
  });
}

export type { StoreHarness } from './harness.ts';
