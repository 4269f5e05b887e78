/** A pod with the tools that come with Redis, as any user of the cluster might have one. */
import type { Namespace } from './namespace.ts';

const POD = 'client';
const MINUTE_MS = 60_000;

export const redisImage = process.env['REDIS_IMAGE'] ?? 'redis:8.0';

export class RedisClient {
  readonly #namespace: Namespace;
  readonly #service: string;

  private constructor(namespace: Namespace, service: string) {
    this.#namespace = namespace;
    this.#service = service;
  }

  /** Talks to the proxies of a cluster, through their Service. */
  static async start(namespace: Namespace, cluster: string): Promise<RedisClient> {
    const image = ['--image', redisImage, '--image-pull-policy=IfNotPresent'];
    const forever = ['--restart=Never', '--command', '--', 'sleep', 'infinity'];
    await namespace.kubectl(['run', POD, ...image, ...forever]);
    await namespace.kubectl(['wait', `pod/${POD}`, '--for=condition=Ready', '--timeout=60s'], {
      timeoutMs: MINUTE_MS + 5_000,
    });
    return new RedisClient(namespace, `${cluster}-proxy`);
  }

  /** What redis-cli prints. */
  async cli(...words: readonly string[]): Promise<string> {
    return (await this.#exec(['redis-cli', ...this.#address, ...words])).trim();
  }

  /** One reply for each line of commands. */
  async pipe(lines: readonly string[]): Promise<string[]> {
    const input = lines.map((line) => `${line}\n`).join('');
    const output = await this.#exec(['redis-cli', ...this.#address], input);
    return output.trimEnd().split('\n');
  }

  async benchmark(...args: readonly string[]): Promise<string> {
    return this.#exec(['redis-benchmark', ...this.#address, ...args]);
  }

  /** Past the proxies: to one server, which wants a password. */
  async ask(address: string, ...words: readonly string[]): Promise<string> {
    return (await this.#exec(['redis-cli', '-h', address, ...words])).trim();
  }

  async writeKeys(count: number): Promise<void> {
    const replies = await this.pipe(numbered(count, (at) => `SET key:${at} value:${at}`));
    const refused = replies.filter((reply) => reply !== 'OK');
    if (replies.length === count && refused.length === 0) return;
    throw new Error(`Cannot write ${count} keys: ${refused[0] ?? `${replies.length} replies`}`);
  }

  /** How many of the keys that `writeKeys` wrote are there with their value. */
  async countKeys(count: number): Promise<number> {
    const replies = await this.pipe(numbered(count, (at) => `GET key:${at}`));
    return replies.filter((reply, at) => reply === `value:${at}`).length;
  }

  get #address(): string[] {
    return ['-h', this.#service, '-p', '7480'];
  }

  async #exec(command: readonly string[], input?: string): Promise<string> {
    const stdin = input === undefined ? [] : ['-i'];
    return this.#namespace.kubectl(['exec', ...stdin, POD, '--', ...command], {
      timeoutMs: 2 * MINUTE_MS,
      ...(input !== undefined && { input }),
    });
  }
}

function numbered(count: number, line: (at: number) => string): string[] {
  return Array.from({ length: count }, (_, at) => line(at));
}
