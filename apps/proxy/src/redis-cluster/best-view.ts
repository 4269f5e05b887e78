/**
 * Which of several views of a cluster is believed. Nodes hear of a change one after another, by gossip; one that is cut
 * off hears nothing; one that was reset knows only itself. So, in this order:
 *
 * 1. who reaches most of the cluster (`cluster_state:ok`) over who does not, or does not say so;
 * 2. who knows of later changes (the higher epoch): the two nodes of a slot that moved, and a replica that was elected,
 *    know it first;
 * 3. what most say;
 * 4. what covers more slots.
 */
import { slotsOf } from '@keyfleet/topology';
import type { Heard } from './ask-node.ts';
import type { ClusterView } from './cluster-view.ts';

/** Null for none. */
export function bestView(heard: readonly Heard[]): Heard | null {
  const votes = new Map<string, number>();
  for (const { view } of heard) votes.set(ownership(view), (votes.get(ownership(view)) ?? 0) + 1);
  const ranked = heard.map((one) => ({
    one,
    rank: [
      one.standing === null ? 0 : one.standing.isOk ? 1 : -1,
      one.standing?.epoch ?? 0,
      votes.get(ownership(one.view))!,
      slotCount(one.view),
    ],
  }));
  return (
    ranked.reduce<(typeof ranked)[number] | null>(
      (best, next) => (best === null || isAbove(next.rank, best.rank) ? next : best),
      null,
    )?.one ?? null
  );
}

/** Whether all say the same of who has which slots, and nobody doubts it. */
export function agree(heard: readonly Heard[]): boolean {
  const isDoubted = heard.some(({ standing }) => standing?.isOk === false);
  return !isDoubted && new Set(heard.map(({ view }) => ownership(view))).size === 1;
}

export function slotCount(view: ClusterView): number {
  return view
    .flatMap(({ slots }) => slotsOf(slots))
    .reduce((sum, { start, end }) => sum + end - start + 1, 0);
}

function ownership(view: ClusterView): string {
  return view
    .filter(({ slots }) => slots !== '')
    .map(({ slots, primary }) => `${primary.id} ${slots}`)
    .sort()
    .join('\n');
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at !== -1 && a[at]! > b[at]!;
}
