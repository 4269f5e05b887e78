import type { RedisClusterStatus } from '@keyfleet/kube';
import type { ControlView } from '@keyfleet/lifecycle';
import type { Seen } from './cluster-status.ts';

type Shard = Extract<ControlView, { state: 'recorded' }>['shards'][number];

export function shardsOf({ spec, control }: Seen): RedisClusterStatus['shards'] {
  const ready = shardsIn(control).filter(({ because }) => because === null).length;
  return { desired: spec.shards, ready, summary: `${ready}/${spec.shards}` };
}

/** Short: 1024 of them must fit into one object. */
export function shardStatuses({ control }: Seen): RedisClusterStatus['shardStatus'] {
  return shardsIn(control).map((shard) => ({
    name: shard.id,
    slots: shard.slots,
    ...(shard.primary ? { primary: shard.primary.id } : {}),
    syncedReplicas: shard.replicas.filter(({ state }) => state === 'replica').length,
    ...(shard.because === null ? {} : { message: shard.because.slice(0, MESSAGE_LENGTH_MAX) }),
  }));
}

const MESSAGE_LENGTH_MAX = 200;

export function shardsIn(control: ControlView): readonly Shard[] {
  return control.state === 'recorded' ? control.shards : [];
}
