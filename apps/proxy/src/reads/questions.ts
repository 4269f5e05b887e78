/**
 * What the servers of one shard are asked each second, while somebody reads from its replicas: how far they are. First
 * the primary, then the replicas: what these have by then is compared with what was there before.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { TopologyNode } from '@keyfleet/topology';
import type { ShardLine } from '../upstream/shard-line.ts';
import { PrimaryHistory } from './primary-history.ts';
import { ReplicaHealth } from './replica-health.ts';
import type { ReplicaUpstream } from './replica-upstream.ts';
import { parseReplication, zoneIn } from './replication-info.ts';

const MINUS = 0x2d;
const EACH_MS = 1000;
const REPLICATION = encodeCommand(['INFO', 'replication']);
const SERVER = encodeCommand(['INFO', 'server']);
/** Of a server that does not let itself be asked: it may serve all the same. */
const DENIALS = /^-(NOPERM|ERR unknown)/;

type Line = Pick<ShardLine, 'ask'>;
type Asked = Pick<ReplicaUpstream, 'line' | 'health'>;

export class Questions {
  /** How near the primary is. */
  readonly primary = new ReplicaHealth();
  readonly #line: Line;
  readonly #monotonicMs: () => number;
  readonly #history = new PrimaryHistory();
  #about = '';
  #askedMs = -Infinity;

  constructor(line: Line, monotonicMs: () => number) {
    this.#line = line;
    this.#monotonicMs = monotonicMs;
  }

  /** Another primary (or life of it) has another history. */
  about(primary: TopologyNode | null): void {
    const about = `${primary?.id} ${primary?.runId}`;
    if (about === this.#about) return;
    this.#about = about;
    this.#history.clear();
    this.primary.doubt();
  }

  /** Asks, if it is time. */
  ask(replicas: readonly Asked[], nowMs: number): void {
    if (replicas.length === 0 || nowMs - this.#askedMs < EACH_MS) return;
    this.#askedMs = nowMs;
    const askAll = (): void => {
      for (const replica of replicas) this.#askReplica(replica);
    };
    // Replicas serve on without their primary.
    if (this.primary.isAsked) askAll();
    else this.#askPrimary(askAll);
  }

  #askPrimary(then: () => void): void {
    const askedMs = this.#monotonicMs();
    this.primary.onAsked(askedMs);
    this.#line.ask(REPLICATION, (answer) => {
      const info = parseReplication(textOf(answer));
      if (info !== null) this.#history.note(info.offset, askedMs);
      if (info === null && !isDenial(answer)) this.primary.doubt();
      else this.primary.onAnswer(info, null, this.#monotonicMs());
      then();
    });
    askZone(this.#line, this.primary);
  }

  #askReplica({ line, health }: Asked): void {
    if (health.isAsked) return;
    health.onAsked(this.#monotonicMs());
    line.ask(REPLICATION, (answer) => {
      const nowMs = this.#monotonicMs();
      const info = parseReplication(textOf(answer));
      if (info === null && !isDenial(answer)) return health.doubt();
      health.onAnswer(info, info && this.#history.lagOf(info.offset, nowMs), nowMs);
    });
    askZone(line, health);
  }
}

function askZone(line: Line, health: ReplicaHealth): void {
  if (health.isPlaced) return;
  line.ask(SERVER, (answer) => {
    if (answer[0] !== MINUS || isDenial(answer)) health.place(zoneIn(textOf(answer)));
  });
}

function textOf(answer: Uint8Array): string {
  return Buffer.from(answer).toString();
}

function isDenial(answer: Uint8Array): boolean {
  return DENIALS.test(textOf(answer));
}
