import type { Change, Compare, Entry, Operation, WatchBatch } from '@keyfleet/store';
import type { ICompare, IEvent, IKeyValue, IRequestOp } from 'etcd3';

/** etcd's byte range of a prefix: up to the prefix with its last byte raised (in UTF-8 it is never 0xff). */
export function rangeOf(prefix: string): { key: Buffer; range_end: Buffer } {
  if (prefix === '') return { key: Buffer.of(0), range_end: Buffer.of(0) }; // etcd's way to say: all
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return { key: Buffer.from(prefix), range_end: end };
}

export function entryOf(pair: IKeyValue): Entry {
  return {
    key: pair.key.toString(),
    value: pair.value.toString(),
    createRevision: Number(pair.create_revision),
    modRevision: Number(pair.mod_revision),
  };
}

export function compareOf(compare: Compare): ICompare {
  const key = Buffer.from(compare.key);
  return 'modRevision' in compare
    ? { key, result: 'Equal', target: 'Mod', mod_revision: compare.modRevision }
    : { key, result: 'Equal', target: 'Create', create_revision: compare.createRevision };
}

export function requestOf(operation: Operation): IRequestOp {
  if ('delete' in operation) {
    return { request_delete_range: { key: Buffer.from(operation.delete) } };
  }
  const { put, value, lease = '0' } = operation;
  return { request_put: { key: Buffer.from(put), value: Buffer.from(value), lease } };
}

/** etcd never splits a revision over two answers (we do not ask for fragments). */
export function batchesOf(events: readonly IEvent[]): WatchBatch[] {
  const batches: { revision: number; changes: Change[] }[] = [];
  for (const event of events) {
    const revision = Number(event.kv.mod_revision);
    if (batches.at(-1)?.revision !== revision) batches.push({ revision, changes: [] });
    batches.at(-1)!.changes.push(changeOf(event));
  }
  return batches;
}

function changeOf({ type, kv }: IEvent): Change {
  if (type === 'Put') return { type: 'put', entry: entryOf(kv) };
  return { type: 'delete', key: kv.key.toString(), modRevision: Number(kv.mod_revision) };
}
