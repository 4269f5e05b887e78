/** What CLI and supervisor say to each other over the IPC channel; its end means that the other is gone. */
import type { Launch } from './launch.ts';

export type ToSupervisor =
  | { readonly kind: 'start'; readonly launch: Launch }
  /** Stay when the channel closes. */
  | { readonly kind: 'detach' }
  | { readonly kind: 'stop' }
  /** Stop at once. */
  | { readonly kind: 'kill' };

export type Count = { readonly done: number; readonly of: number };

export type Progress = {
  readonly configservers: Count;
  readonly servers: Count;
  readonly shards: Count;
  readonly proxies: Count;
  readonly because: string;
};

export type FromSupervisor =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'ready' }
  | { readonly kind: 'detached' }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };
