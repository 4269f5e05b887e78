/** The leader's loop over one cluster: observe → plan → act, until the term ends. */
import { runLoop, type Clock, type Controller, type Logger } from '@keyfleet/runtime';
import { distributeSlots } from '@keyfleet/topology';
import type { Term } from '../election/term.ts';
import { FailureLog } from '../failure-log.ts';
import { nodesByShard } from '../observe/assemble-topology.ts';
import { NodeLinks } from '../observe/node-links.ts';
import type { Observation } from '../observe/node-link.ts';
import type { StateCache } from '../observe/state-cache.ts';
import { emptyCluster, type ClusterState } from '../observe/store-state.ts';
import type { Finding } from '../plan/choose-winner.ts';
import type { ClusterStep, ClusterView, ShardStep, ShardView } from '../plan/cluster-view.ts';
import { planCluster } from '../plan/plan-cluster.ts';
import { trackSync, type SyncState } from '../plan/replica-sync.ts';
import type { Draft } from './compose-write.ts';
import type { LeaderWrites } from './leader-writes.ts';
import { Nudge } from './nudge.ts';
import { isStoreStep, publicationDraft, shardDraft, SHARDS_PER_WRITE } from './record-writes.ts';
import { attach, examine, promote, seal } from './server-commands.ts';
import { Stamps } from './stamps.ts';

export type KeeperOptions = {
  readonly cluster: string;
  readonly cache: StateCache;
  readonly writes: LeaderWrites;
  readonly term: Term;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tickMs: number;
  readonly onError: () => void;
};

/** The effects of one round are awaited this long; a server that hangs is left to the timeouts of its link. */
const EFFECTS_LIMIT_MS = 1000;

/** A server that undoes what it is told must not turn the loop into a spin. */
const AFTER_CHANGE_MS = 5;

type ServerStep = Extract<ShardStep, { node: string }>;

export class ClusterKeeper implements Controller<ClusterView, ClusterStep> {
  readonly #options: KeeperOptions;
  readonly #links: NodeLinks;
  readonly #nudge = new Nudge();
  readonly #stamps = new Stamps();
  readonly #failures: FailureLog;
  readonly #findings = new Map<string, Finding>();
  #sync = new Map<string, SyncState>();
  #observations: ReadonlyMap<string, Observation> = new Map();
  #step: ClusterStep | undefined;
  #planned: ClusterState | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#links = new NodeLinks(options.cluster, options.clock);
    this.#failures = new FailureLog(options.log);
  }

  /** What the last look saw, by node id. */
  get observations(): ReadonlyMap<string, Observation> {
    return this.#observations;
  }

  /** What was planned last; undefined before the first look. */
  get step(): ClusterStep | undefined {
    return this.#step;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cluster, cache, clock, log, tickMs, onError } = this.#options;
    const stop = cache.onChange(() => {
      if (cache.state.clusters.get(cluster) !== this.#planned) this.#nudge.fire();
    });
    // At once: a round that is under way must not command anybody any more.
    signal.addEventListener('abort', () => this.#links.close(), { once: true });
    const loop = { key: cluster, clock, log, signal, backoffMs: 100, backoffMaxMs: tickMs * 4 };
    try {
      await runLoop(this, { ...loop, nudged: () => this.#nudge.next(), onError });
    } finally {
      stop();
    }
  }

  async observe(): Promise<ClusterView> {
    this.#nudge.clear();
    const state = (this.#planned = this.#state());
    const nodes = [...state.nodes.values()].map(({ value }) => value);
    const secret = state.credentials?.value.secret ?? null;
    this.#observations = await this.#links.observe(nodes, secret);
    return this.#viewOf(state);
  }

  plan(view: ClusterView): ClusterStep {
    return (this.#step = planCluster(view));
  }

  async act(step: ClusterStep, view: ClusterView, signal: AbortSignal): Promise<number> {
    const { tickMs } = this.#options;
    if (signal.aborted) return tickMs;
    if (step.do === 'nothing') this.#failures.forget();
    const [, failures] = await Promise.all([
      this.#changeRecords(step),
      this.#commandServers(step, view),
    ]);
    if (failures > 0 || step.do === 'nothing' || step.do === 'block') return tickMs;
    if (step.do !== 'wait') return AFTER_CHANGE_MS;
    // An early look costs one INFO per node.
    return Math.min(tickMs, 100 + this.#observations.size);
  }

  async #changeRecords(step: ClusterStep): Promise<void> {
    const { cluster } = this.#options;
    if (step.do === 'publish') await this.#writeUnchanged(publicationDraft);
    const changes = step.shards.filter(isStoreStep).slice(0, SHARDS_PER_WRITE);
    if (changes.length === 0) return;
    await this.#writeUnchanged(() => shardDraft(cluster, changes));
  }

  /** What was planned on another state is not written: the next round plans again. */
  async #writeUnchanged(draft: (state: ClusterState) => Draft): Promise<void> {
    const { cluster, writes } = this.#options;
    const planned = this.#planned;
    await writes.write(cluster, (state) => (isSameFor(state, planned) ? draft(state) : undefined));
  }

  /** How many effects failed. */
  async #commandServers(step: ClusterStep, { shards }: ClusterView): Promise<number> {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    let failures = 0;
    const commands = step.shards.filter((each): each is ServerStep => 'node' in each);
    const effects = [
      ...commands.map((each) => this.#isDone(`${each.do} ${each.node}`, this.#command(each))),
      ...this.#stamps
        .due(shards, nowMs)
        .map((shard) => this.#isDone(`stamp ${shard.id}`, this.#stamp(shard, nowMs))),
    ].map(async (done) => {
      if (!(await done)) failures++;
    });
    if (effects.length === 0) return 0;
    const inTime = new AbortController();
    const timeUp = clock.sleep(EFFECTS_LIMIT_MS, inTime.signal);
    await Promise.race([Promise.all(effects), timeUp]);
    inTime.abort();
    return failures;
  }

  /** Never rejects. */
  async #isDone(what: string, effect: Promise<void>): Promise<boolean> {
    const facts = { key: this.#options.cluster };
    try {
      await effect;
      this.#failures.succeeded(what, facts);
      return true;
    } catch (error) {
      this.#failures.failed(what, error, facts);
      return false;
    }
  }

  async #command(step: ServerStep): Promise<void> {
    this.#options.term.assertHolds();
    const link = this.#links.of(step.node);
    switch (step.do) {
      case 'promote':
        return promote(link, step.runId);
      case 'attach':
        return attach(link, step.runId, step.to);
      case 'seal':
        return seal(link, step.runId);
      case 'examine':
        await this.#examine(step);
    }
  }

  async #examine({ shard, node, runId }: ServerStep): Promise<void> {
    const epoch = this.#planned?.shards.get(shard)?.value.epoch ?? 0;
    const found = await examine(this.#links.of(node), runId);
    this.#findings.set(node, { ...found, runId, epoch });
  }

  /** Refused while a server is out of memory or cannot write to its disk: then the older stamp stands. */
  async #stamp(shard: ShardView, nowMs: number): Promise<void> {
    const { term, log, cluster } = this.#options;
    term.assertHolds();
    await this.#stamps.write(shard, this.#links, nowMs).catch((error: unknown) => {
      log.debug({ key: cluster, shard: shard.id, err: error }, 'stamp not written');
    });
  }

  #viewOf(state: ClusterState): ClusterView {
    const spec = state.cluster?.value.spec;
    const slots = spec ? distributeSlots(spec.shards) : [];
    const nodes = nodesByShard(state);
    const nowMs = this.#options.clock.monotonicMs();
    const nextSync = new Map<string, SyncState>();
    const shards = slots.map((owned, index): ShardView => {
      const id = `shard-${index}`;
      const record = state.shards.get(id)?.value;
      const members = (nodes.get(id) ?? []).map((node) => ({
        ...node,
        observation: this.#observations.get(node.id) ?? { fault: 'not looked at yet' },
      }));
      const sync = trackSync(this.#sync, { record, nodes: members }, nowMs);
      for (const [node, of] of sync) nextSync.set(node, of);
      return {
        id,
        slots: owned,
        record,
        nodes: members,
        nodesExpected: spec!.replicasPerShard + 1,
        isPublished: state.topology !== undefined,
        findings: this.#findings,
        sync,
      };
    });
    this.#sync = nextSync;
    return {
      cluster: state.cluster?.value,
      broken: [...state.broken.values()].map(({ because }) => because),
      isPublished: state.topology !== undefined,
      shards,
    };
  }

  #state(): ClusterState {
    const { cache, cluster } = this.#options;
    return cache.state.clusters.get(cluster) ?? emptyCluster(cluster);
  }
}

/** Sessions, events and the operation do not matter to a plan. */
function isSameFor(state: ClusterState, planned: ClusterState | undefined): boolean {
  if (!planned || state.cluster?.modRevision !== planned.cluster?.modRevision) return false;
  if (state.topology?.modRevision !== planned.topology?.modRevision) return false;
  return isSameMap(state.shards, planned.shards) && isSameMap(state.nodes, planned.nodes);
}

function isSameMap(
  a: ReadonlyMap<string, { modRevision: number }>,
  b: ReadonlyMap<string, { modRevision: number }>,
): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([id, kept]) => kept.modRevision === b.get(id)?.modRevision);
}
