/**
 * What the parent and its workers tell each other over Node's IPC channel: in order, each message once, and a channel
 * ends with either process. **Boundary:** a `LeaseGrant` is in the machine's time here (`machine-clock.ts`).
 */
import type { Topology } from '@keyfleet/topology';
import type { Registry } from 'prom-client';
import type { ClientView } from '../admin/client-view.ts';
import type { SlowView } from '../admin/slow-view.ts';
import type { ProxySettings } from '../settings.ts';
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

export type ToWorker =
  /** The first message. Only pings, which nobody answers, come before the worker is `up`. */
  | {
      readonly kind: 'start';
      readonly index: number;
      readonly settings: ProxySettings;
      readonly run: ProxyRun;
      /** Its number among all that this proxy ever started. */
      readonly process: number;
      /** One that takes the place of another takes clients only when it can serve them. */
      readonly listens: 'atOnce' | 'whenReady';
    }
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
  | { readonly kind: 'ping' }
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
  | { readonly kind: 'left'; readonly process: number }
  /** Drain, then end. */
  | { readonly kind: 'stop' };

export type FromWorker =
  /** It can be steered. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly port: number }
  /** It cannot start, and ends. */
  | ({ readonly kind: 'failed' } & Failure)
  | { readonly kind: 'settled'; readonly life: number; readonly version: number }
  | ({ readonly kind: 'state' } & WorkerState)
  | { readonly kind: 'trouble'; readonly servers: readonly Trouble[] }
  /** The topology is out of date. */
  | { readonly kind: 'stale'; readonly because: string }
  | { readonly kind: 'pong' }
  | ({ readonly kind: 'consult' } & Consultation)
  | { readonly kind: 'news'; readonly to: readonly number[]; readonly news: News }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answers[Question] };

export type WorkerState = {
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
