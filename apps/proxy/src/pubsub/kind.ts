/** What a client can subscribe to: three kinds, each with names of its own. */
export type Kind = 'channel' | 'pattern' | 'shardChannel';

export const KINDS: readonly Kind[] = ['channel', 'pattern', 'shardChannel'];

/** As commands say it, and as servers confirm it. */
export const VERBS = {
  channel: { on: 'subscribe', off: 'unsubscribe' },
  pattern: { on: 'psubscribe', off: 'punsubscribe' },
  shardChannel: { on: 'ssubscribe', off: 'sunsubscribe' },
} as const satisfies Record<Kind, { on: string; off: string }>;

/** What is written about all kinds at once. */
export function ofKinds<T>(make: (kind: Kind) => T): Record<Kind, T> {
  return {
    channel: make('channel'),
    pattern: make('pattern'),
    shardChannel: make('shardChannel'),
  };
}
