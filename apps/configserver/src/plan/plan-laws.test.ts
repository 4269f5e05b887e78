/**
 * One shard of three servers in a world without a clock: they stop, restart (with their data or empty) and answer or
 * not; the planner's steps are carried out, sometimes twice, sometimes not at all.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerInfo } from '../observe/server-info.ts';
import type { ShardRecord } from '../observe/store-state.ts';
import { compareIds } from '../observe/assemble-topology.ts';
import type { Finding, Stamp } from './choose-winner.ts';
import type { NodeView, ShardStep, ShardView } from './cluster-view.ts';
import { planShard } from './plan-shard.ts';
import { trackSync, type SyncState } from './replica-sync.ts';
import { addressOf, info, node, shard } from '../testing/views.ts';

type Server = {
  life: number;
  role: ServerInfo['role'];
  /** Ordinal of whom it follows; null: nowhere. */
  master: number | null;
  stamp: Stamp | null;
  answers: boolean;
};

class World {
  readonly servers: Server[] = [0, 1, 2].map((at) => ({
    life: at + 1,
    role: 'replica',
    master: null,
    stamp: null,
    answers: true,
  }));
  record: ShardRecord | undefined;
  isPublished = false;
  readonly findings = new Map<string, Finding>();
  #sync = new Map<string, SyncState>();
  #lives = 3;
  #nowMs = 0;

  step(): ShardStep {
    return planShard(this.view());
  }

  view(): ShardView {
    this.#nowMs += 1000;
    const nodes = this.servers.map((_, at) => this.#nodeView(at));
    const { record, isPublished, findings } = this;
    this.#sync = trackSync(this.#sync, { record, nodes }, this.#nowMs);
    return shard(nodes, { record, isPublished, findings, sync: this.#sync });
  }

  restart(at: number, isEmptied: boolean): void {
    const stamp = isEmptied ? null : this.servers[at]!.stamp;
    this.servers[at] = { life: ++this.#lives, role: 'replica', master: null, stamp, answers: true };
  }

  apply(step: ShardStep): void {
    if ('record' in step) {
      this.record = step.record;
      if (step.do === 'appoint') this.isPublished = true;
    }
    if ('node' in step) this.#command(step);
    this.#replicate();
  }

  #command(step: Extract<ShardStep, { node: string }>): void {
    const server = this.servers[Number(step.node.at(-1))]!;
    if (step.do === 'promote') Object.assign(server, { role: 'primary', master: null });
    if (step.do === 'seal') Object.assign(server, { role: 'replica', master: null });
    if (step.do === 'attach') {
      Object.assign(server, { role: 'replica', master: step.to.port - addressOf(0).port });
    }
    if (step.do === 'examine') {
      const { stamp } = server;
      const { epoch } = this.record!;
      this.findings.set(step.node, { runId: step.runId, epoch, stamp, keys: stamp ? 1 : 0 });
    }
  }

  /** The published primary is stamped; whoever follows a primary has what it has. */
  #replicate(): void {
    const leading = this.servers.find((server) => this.#isPublished(server));
    if (leading) {
      const { epoch } = this.record!;
      const seq = leading.stamp?.epoch === epoch ? leading.stamp.seq + 1 : 1;
      leading.stamp = { epoch, seq };
    }
    for (const server of this.servers) {
      const source = server.master === null ? undefined : this.servers[server.master];
      if (source?.role === 'primary') server.stamp = source.stamp;
    }
  }

  #isPublished({ life, role }: Server): boolean {
    const { runId } = info(life);
    return this.isPublished && role === 'primary' && this.record?.primary?.runId === runId;
  }

  #nodeView(at: number): NodeView {
    const { life, role, master, answers } = this.servers[at]!;
    if (!answers) return node(at, 'silent');
    const source = master === null ? undefined : this.servers[master];
    const followed = master === null ? {} : { master: addressOf(master) };
    const isLinkUp = source?.role === 'primary';
    return node(at, info(life, { role, isLinkUp, ...followed }));
  }
}

type Fault = { at: number; kind: 'restart' | 'lose' | 'silence' | 'answer' };
type Turn = { fault: Fault | null; steps: number; lost: boolean };
const turn = fc.record({
  fault: fc.option(
    fc.record({
      at: fc.nat({ max: 2 }),
      kind: fc.constantFrom<Fault['kind']>(
        'restart',
        'restart',
        'restart',
        'lose',
        'silence',
        'answer',
        'answer',
      ),
    }),
    { freq: 3 },
  ),
  steps: fc.integer({ min: 1, max: 9 }),
  lost: fc.boolean(),
});

function strike(world: World, { at, kind }: Fault): void {
  if (kind === 'restart') world.restart(at, false);
  else if (kind === 'lose') world.restart(at, true);
  else world.servers[at]!.answers = kind === 'answer';
}

function play(world: World, turns: readonly Turn[], check: (step: ShardStep) => void): void {
  for (const { fault, steps, lost } of turns) {
    if (fault) strike(world, fault);
    for (let count = 0; count < steps; count++) {
      const step = world.step();
      check(step);
      if (!lost || count > 0) world.apply(step);
      expect(world.servers.filter(({ role }) => role === 'primary').length).toBeLessThan(2);
    }
  }
}

const turns = fc.array(turn, { maxLength: 60 });

describe('whatever happens to the servers of a shard', () => {
  it('never makes two primaries, and tells nothing to a silent server', () => {
    fc.assert(
      fc.property(turns, (story) => {
        const world = new World();
        play(world, story, (step) => {
          if ('node' in step) expect(world.servers[Number(step.node.at(-1))]!.answers).toBe(true);
        });
      }),
    );
  });

  it('points servers only at the published primary', () => {
    fc.assert(
      fc.property(turns, (story) => {
        const world = new World();
        play(world, story, (step) => {
          if (step.do !== 'attach') return;
          expect(world.isPublished).toBe(true);
          const at = step.to.port - addressOf(0).port;
          expect(world.record!.primary!.node).toBe(`shard-0-${at}`);
          expect(world.record!.primary!.runId).toBe(info(world.servers[at]!.life).runId);
        });
      }),
    );
  });

  it('chooses nobody who has less than another', () => {
    fc.assert(
      fc.property(turns, (story) => {
        const world = new World();
        play(world, story, (step) => {
          if (step.do !== 'attempt' || !world.record?.primary) return;
          const rankOf = ({ stamp }: Server): number => {
            return (stamp?.epoch ?? 0) * 1_000_000 + (stamp?.seq ?? 0);
          };
          const chosen = world.servers[Number(step.record.attempt!.node.at(-1))]!;
          expect(rankOf(chosen)).toBe(Math.max(...world.servers.map(rankOf)));
        });
      }),
    );
  });

  it('takes a later epoch at every change of primary', () => {
    fc.assert(
      fc.property(turns, (story) => {
        const world = new World();
        const epochs: number[] = [];
        play(world, story, (step) => {
          if (step.do === 'attempt') epochs.push(step.record.attempt!.epoch);
          if (step.do === 'appoint') expect(step.record.epoch).toBe(epochs.at(-1));
        });
        expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
        expect(epochs.every((epoch) => epoch > 0)).toBe(true);
      }),
    );
  });

  it('ends whole, in bounded steps, when the faults are over', () => {
    fc.assert(
      fc.property(turns, (story) => {
        const world = new World();
        play(world, story, () => undefined);
        for (const server of world.servers) server.answers = true;
        const steps: string[] = [];
        while (steps.at(-1) !== 'nothing' && steps.length < 40) {
          const step = world.step();
          steps.push(step.do);
          world.apply(step);
        }
        expect(steps.at(-1)).toBe('nothing');
        expect(world.record!.readable.map(({ node: id }) => id)).toHaveLength(2);
      }),
    );
  });
});

describe('compareIds', () => {
  it('sorts shards by number', () => {
    expect(['shard-10', 'shard-2', 'shard-1'].sort(compareIds)).toEqual([
      'shard-1',
      'shard-2',
      'shard-10',
    ]);
  });
});
