/**
 * What the parent and its workers tell each other over Node's IPC channel: in order, each message once, and a channel
 * ends with either process. What is of a cluster says so. **Boundary:** a `LeaseGrant` is in the machine's time here
 * (`machine-clock.ts`).
 */
import type { LogTarget } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import type { Registry } from 'prom-client';
import type { ClientView } from '../admin/client-view.ts';
import type { SlowView } from '../admin/slow-view.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import type { Trouble } from '../topology/trouble-log.ts';
import type { LeaseGrant } from './data-plane.ts';
import type { ProxyRun } from './proxy-run.ts';
import type { Answer, Asked, News, Topic } from './processes.ts';

export type Metrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;
/** What a worker is asked, and by what: the parent's own questions, and those of workers to each other. */
export type Answers = {
  readonly metrics: Metrics;
  readonly clients: readonly ClientView[];
  readonly slowLog: readonly SlowView[];
} & { readonly [T in Topic]: Answer<T> };
export type Question = keyof Answers;
export type AskedWith<Q extends Question> = Q extends Topic ? Asked<Q> : null;

/** A worker's question to all others; one that is ordered comes back to who asks too. */
export type Consultation = {
  readonly id: number;
  readonly about: Topic;
  readonly asked: Asked<Topic>;
};

/** To the data plane of one cluster. */
export type ToPlane =
  /** `life` grows with `forget`; what is settled of a former life is no news. */
  | { readonly kind: 'apply'; readonly life: number; readonly topology: Topology }
  | {
      readonly kind: 'remember';
      readonly life: number;
      readonly topology: Topology;
      readonly mayServe: boolean;
    }
  | { readonly kind: 'forget'; readonly life: number }
  | { readonly kind: 'grant'; readonly grant: LeaseGrant }
  | { readonly kind: 'lapse' }
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly about: Question;
      readonly asked: AskedWith<Question>;
    }
  /** Of those that answered in time. */
  | { readonly kind: 'consulted'; readonly id: number; readonly answers: readonly Answer<Topic>[] }
  | { readonly kind: 'news'; readonly news: News }
  /** Another worker has ended. */
  | { readonly kind: 'left'; readonly process: number };

export type ToWorker =
  /** The first message. Only pings, which nobody answers, come before the worker is `up`. */
  | {
      readonly kind: 'start';
      readonly index: number;
      readonly config: ProxyConfig;
      /** Where another worker found that it can listen, by the listener's name. */
      readonly ports: ReadonlyMap<string, number>;
      readonly run: ProxyRun;
      /** Its number among all that this proxy ever started. */
      readonly process: number;
      /** One that takes the place of another takes clients only when it can serve them. */
      readonly listens: 'atOnce' | 'whenReady';
    }
  | { readonly kind: 'ping' }
  /** What it counts of no cluster. */
  | { readonly kind: 'measure'; readonly id: number }
  | {
      readonly kind: 'reload';
      readonly id: number;
      readonly config: ProxyConfig;
      readonly ports: ReadonlyMap<string, number>;
    }
  | { readonly kind: 'log'; readonly target: LogTarget }
  | OfCluster<ToPlane>
  /** Drain, then end. */
  | { readonly kind: 'stop' };

/** A message of the data plane of that cluster, or to it. */
export type OfCluster<Message> = {
  readonly kind: 'plane';
  readonly cluster: string;
  readonly message: Message;
};

/** From the data plane of one cluster. */
export type FromPlane =
  | { readonly kind: 'settled'; readonly life: number; readonly version: number }
  | ({ readonly kind: 'state' } & PlaneState)
  | { readonly kind: 'trouble'; readonly servers: readonly Trouble[] }
  /** The topology is out of date. */
  | { readonly kind: 'stale'; readonly because: string }
  | ({ readonly kind: 'consult' } & Consultation)
  | { readonly kind: 'news'; readonly to: readonly number[]; readonly news: News }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answers[Question] }
  /** The cluster is served no more: nothing of it can be passed on. */
  | { readonly kind: 'drained' };

export type FromWorker =
  /** It can be steered. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly ports: ReadonlyMap<string, number> }
  /** It cannot start, and ends. */
  | ({ readonly kind: 'failed' } & Failure)
  /** It serves by that configuration from then on, or says why it cannot, and serves by the former. */
  | {
      readonly kind: 'reloaded';
      readonly id: number;
      readonly ports: ReadonlyMap<string, number>;
      readonly failure: Failure | null;
    }
  | { readonly kind: 'measured'; readonly id: number; readonly metrics: Metrics }
  | { readonly kind: 'pong' }
  | OfCluster<FromPlane>;

/** Of the data plane of a cluster in a worker. */
export type PlaneState = {
  readonly isServing: boolean;
  /** Null: it may be sent traffic. */
  readonly notReadyBecause: string | null;
};

export type Failure = {
  readonly because: string;
  /** The system's. */
  readonly code: string | null;
  /** Non-null: these settings are wrong. */
  readonly mistakes: readonly string[] | null;
};
