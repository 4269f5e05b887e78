/** The keys that workloads read and write, as data. All exist before the first round, so that no GET is a cheap miss. */

export type DataSet = {
  readonly prefix: string;
  /** Keys are drawn at random from so many. */
  readonly count: number;
  readonly valueBytes: number;
};

/** What all of them take bounds the memory of the servers: about 50 MB for each candidate. */
export const dataSets = {
  small: { prefix: 'key:', count: 100_000, valueBytes: 64 },
  medium: { prefix: '16k:', count: 1_000, valueBytes: 16 * 1024 },
  large: { prefix: '1m:', count: 16, valueBytes: 1024 * 1024 },
} as const satisfies Record<string, DataSet>;

export function valueOf({ valueBytes }: DataSet): string {
  return 'x'.repeat(valueBytes);
}

/** As redis-benchmark writes its numbers. */
export function keyOf({ prefix }: DataSet, n: number): string {
  return prefix + String(n).padStart(12, '0');
}
