/** Writes a growing number through every primary that serves, about once a second: see plan/choose-winner.ts. */
import type { NodeLinks } from '../observe/node-links.ts';
import { diagnose } from '../plan/diagnose.ts';
import type { ShardView } from '../plan/cluster-view.ts';
import { readStamp, writeStamp } from './server-commands.ts';

const EVERY_MS = 1000;

type Written = { readonly epoch: number; readonly seq: number; readonly atMs: number };

export class Stamps {
  readonly #written = new Map<string, Written>();

  due(shards: readonly ShardView[], nowMs: number): ShardView[] {
    return shards.filter((shard) => {
      if (!shard.isPublished || diagnose(shard) !== 'primaryServes') return false;
      const last = this.#written.get(shard.id);
      return last?.epoch !== shard.record!.epoch || nowMs - last.atMs >= EVERY_MS;
    });
  }

  /** The first stamp of a leader goes on from what its predecessor wrote. */
  async write({ id, record }: ShardView, links: NodeLinks, nowMs: number): Promise<void> {
    const { epoch } = record!;
    const { node, runId } = record!.primary!;
    const link = links.of(node);
    const known = this.#written.get(id);
    const before = known?.epoch === epoch ? known : await readStamp(link, runId);
    const seq = before?.epoch === epoch ? before.seq + 1 : 1;
    this.#written.set(id, { epoch, seq, atMs: nowMs });
    await writeStamp(link, runId, { epoch, seq });
  }
}
