/**
 * The processes that serve the clients of this proxy: one, or its workers. A command about clients concerns all of them:
 * its handler asks here, and does not know how many there are.
 */
import type { ClientFilter } from '../local/client-filter.ts';
import type { Pause } from '../local/client-pause.ts';
import type { UnblockReason } from '../session/unblocker.ts';
import type { SlowEntry } from '../slowlog/slow-log.ts';
import type { Setting } from '../wide/kept-config.ts';
import type { OwnInfo } from '../wide/info/info.ts';

/** What each process is asked, by name: with what, and what it answers, which is never null. All of it crosses between processes. */
export type ProcessTalk = {
  /** Lines of CLIENT LIST. */
  readonly clientList: readonly [ClientFilter, string];
  /** How many it kills. */
  readonly clientKill: readonly [KillOrder, number];
  /** Whether the client waited, there. */
  readonly clientUnblock: readonly [UnblockOrder, boolean];
  readonly clientPause: readonly [Pause, true];
  readonly clientUnpause: readonly [null, true];
  readonly ownInfo: readonly [null, OwnInfo];
  /** MONITOR: a process shows another what its clients do, or does so no more. */
  readonly watch: readonly [WatchOrder, true];
  /** How many of its clients hear each channel, and whether the server may count the process for them. */
  readonly subscribers: readonly [SubscribersOrder, readonly Subscribers[]];
  readonly hasClient: readonly [number, boolean];
  /** The newest entries of its slow log, so many at most. */
  readonly slowLogNewest: readonly [number, OwnSlowLog];
  readonly slowLogReset: readonly [null, true];
  /** CONFIG SET of what counts for the slow log too. */
  readonly slowLogSet: readonly [Setting, true];
  /** What one that has just begun must know. */
  readonly standing: readonly [null, Standing];
};

export type OwnSlowLog = {
  readonly process: number;
  readonly length: number;
  readonly entries: readonly SlowEntry[];
};
export type KillOrder = { readonly filter: ClientFilter; readonly askedBy: number };
export type UnblockOrder = { readonly id: number; readonly reason: UnblockReason };
export type WatchOrder = { readonly process: number; readonly isOn: boolean };
export type SubscribersOrder = {
  readonly kind: 'channel' | 'shardChannel';
  /** With the shard whose server was asked. */
  readonly channels: readonly (readonly [name: string, shard: string])[];
};
export type Subscribers = { readonly clients: number; readonly isKnown: boolean };
export type Standing = {
  readonly pause: Pause | null;
  /** The process, if it has monitors. */
  readonly watching: number | null;
};

/** What a process tells another that waits for no answer: lines for its monitors; null: some are lost. */
export type News = { readonly about: 'shown'; readonly lines: Uint8Array | null };

export type Topic = keyof ProcessTalk;
export type Asked<T extends Topic> = ProcessTalk[T][0];
export type Answer<T extends Topic> = ProcessTalk[T][1];
/** How a process answers. */
export type ProcessAnswers = { readonly [T in Topic]: (asked: Asked<T>) => Answer<T> };
/** What a process is to the others. */
export type ProcessPart = {
  readonly answers: ProcessAnswers;
  readonly onNews: (news: News) => void;
  /** Another one has ended. */
  readonly onLeft: (process: number) => void;
};

export interface Processes {
  /** Of this one: no other has it, now or later. */
  readonly number: number;
  /** Calls `then` with what the processes answer that do so in time, this one's first. Of one process: before it returns. */
  ask<T extends Topic>(
    about: T,
    asked: Asked<T>,
    then: (answers: readonly Answer<T>[]) => void,
  ): void;
  /** Asks all, waits for none but this one, and returns its answer. */
  tell<T extends Topic>(about: T, asked: Asked<T>): Answer<T>;
  post(to: ReadonlySet<number>, news: News): void;
}

/** Whoever undoes the other must come second everywhere: this process takes its turn among the others. */
const ordered: ReadonlySet<Topic> = new Set(['clientPause', 'clientUnpause']);

export function isOrdered(about: Topic): boolean {
  return ordered.has(about);
}

/** There is one process. */
export function oneProcess({ answers }: Pick<ProcessPart, 'answers'>): Processes {
  return {
    number: 0,
    post: () => undefined,
    ask: (about, asked, then) => then([answers[about](asked)]),
    tell: (about, asked) => answers[about](asked),
  };
}
