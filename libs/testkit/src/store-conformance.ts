import { describe } from 'vitest';
import type { MakeStore } from './store-conformance/harness.ts';
import { describeCampaigns } from './store-conformance/campaigns.ts';
import { describeEntries } from './store-conformance/entries.ts';
import { describeLeases } from './store-conformance/leases.ts';
import { describeWatches } from './store-conformance/watches.ts';

/** What the Store port means, for every implementation. Each test makes a store of its own. */
export function describeStore(name: string, makeStore: MakeStore): void {
  describe(`${name} keeps the Store port`, () => {
    describeEntries(makeStore);
    describeWatches(makeStore);
    describeLeases(makeStore);
    describeCampaigns(makeStore);
  });
}
