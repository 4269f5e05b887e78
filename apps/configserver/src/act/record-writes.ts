/** Store writes of the planners: many shards' changes in one transaction, so one version. */
import { records, type Operation } from '@keyfleet/store';
import type { ClusterState, ShardRecord } from '../observe/store-state.ts';
import type { ShardStep } from '../plan/cluster-view.ts';
import type { Draft, EventDraft } from './compose-write.ts';

export type StoreStep = Extract<ShardStep, { record: ShardRecord }>;

/** One put, one event and one expired event for each stay under the store's 128 operations. */
export const SHARDS_PER_WRITE = 40;

export function isStoreStep(step: ShardStep): step is StoreStep {
  return 'record' in step;
}

export function shardDraft(cluster: string, steps: readonly StoreStep[]): Draft {
  return {
    operations: steps.map(({ record }): Operation => {
      const key = records.shard.key({ cluster, shard: record.id });
      return { put: key, value: records.shard.encode(record) };
    }),
    events: steps.map(eventOf),
  };
}

export function publicationDraft({ name }: ClusterState): Draft {
  const value = records.topology.encode({ version: 1, holds: [] });
  return { operations: [{ put: records.topology.key({ cluster: name }), value }], events: [] };
}

function eventOf({ do: what, shard, record, because }: StoreStep): EventDraft {
  const { epoch, primary, readable, attempt } = record;
  switch (what) {
    case 'attempt':
      return {
        type: 'primaryChosen',
        message: `${attempt!.node} is to be primary of ${shard}: ${because}`,
        facts: { shard, ...attempt },
      };
    case 'appoint':
      return {
        type: 'primaryAssigned',
        message: `${primary!.node} is primary of ${shard} in epoch ${epoch}`,
        facts: { shard, epoch, ...primary },
      };
    case 'setReadable':
      return {
        type: 'replicasChanged',
        message: `${shard}: ${because}`,
        facts: { shard, readable: readable.map(({ node }) => node) },
      };
  }
}
