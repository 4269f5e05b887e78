import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ContainerLog } from './container-log.ts';
import { LogFollower } from './follow-logs.ts';
import { LogError, type LogRequest } from './open-log.ts';

const log: ContainerLog = {
  namespace: 'shop',
  pod: 'orders-proxy-x',
  container: 'proxy',
  name: 'orders-proxy-x',
  key: 'u1/proxy',
  life: 'c1',
  isRunning: true,
  hasPrevious: false,
  note: null,
};

class Story {
  readonly printed: string[] = [];
  readonly asked: LogRequest[] = [];
  #log = new PassThrough();
  #refusal: LogError | null = null;
  readonly #follower = new LogFollower({
    open: (_log, request) => {
      this.asked.push(request);
      if (this.#refusal) return Promise.reject(this.#refusal);
      this.#log = new PassThrough();
      return Promise.resolve(this.#log);
    },
    print: (name, lines) => this.printed.push(...lines.map((line) => `${name} ${line}`)),
    lines: 7,
  });

  async look(...logs: readonly ContainerLog[]): Promise<void> {
    this.#follower.look(logs);
    await settled();
  }

  async write(text: string): Promise<void> {
    this.#log.write(text);
    await settled();
  }

  async end(): Promise<void> {
    this.#log.end();
    await settled();
  }

  async break(): Promise<void> {
    this.#log.destroy(new Error('the connection broke'));
    await settled();
  }

  refuse(status: number): void {
    this.#refusal = new LogError('refused', status);
  }
}

/** A time as the kubelet writes it. */
const at = (second: number) => `2026-11-22T00:00:0${second}.000000000Z`;

/** Streams take a few turns of the event loop for what is there already. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}

it('begins with the last lines, and opens a log once', async () => {
  const story = new Story();
  await story.look(log);
  await story.write(`${at(1)} a\n${at(2)} b\n`);
  await story.look(log);
  await story.write(`${at(3)} c\n`);
  expect(story.asked).toEqual([{ follow: true, tailLines: 7 }]);
  expect(story.printed).toEqual(['orders-proxy-x a', 'orders-proxy-x b', 'orders-proxy-x c']);
});

it('shows all of what comes later', async () => {
  const story = new Story();
  await story.look();
  await story.look({ ...log, life: '', isRunning: false });
  await story.look(log);
  expect(story.asked).toEqual([{ follow: true }]);
});

it('goes on after a restart where it was, without a line twice', async () => {
  const story = new Story();
  await story.look(log);
  await story.write(`${at(1)} a\n${at(2)} b\n`);
  await story.end();
  await story.look({ ...log, isRunning: false });
  expect(story.asked).toHaveLength(1);
  await story.look({ ...log, life: 'c2' });
  await story.write(`${at(2)} b\n${at(3)} c\n`);
  expect(story.asked[1]).toEqual({ follow: true, sinceTime: at(2) });
  expect(story.printed).toEqual(['orders-proxy-x a', 'orders-proxy-x b', 'orders-proxy-x c']);
});

it('goes on after a broken connection, half a line included', async () => {
  const story = new Story();
  await story.look(log);
  await story.write(`${at(1)} a\n${at(2)} b`);
  await story.break();
  await story.look(log);
  await story.write(`${at(1)} a\n${at(2)} bc\n`);
  expect(story.printed).toEqual(['orders-proxy-x a', 'orders-proxy-x bc']);
});

it('tries again what is not there yet, and ends when reading is forbidden', async () => {
  const story = new Story();
  story.refuse(400);
  await story.look(log);
  await story.look(log);
  expect(story.asked).toHaveLength(2);
  story.refuse(403);
  await story.look(log);
  await expect(story.look(log)).rejects.toThrow('refused');
});

it('takes a new pod of the same name for another log', async () => {
  const story = new Story();
  await story.look(log);
  await story.write(`${at(1)} a\n`);
  await story.end();
  await story.look({ ...log, key: 'u2/proxy' });
  expect(story.asked[1]).toEqual({ follow: true });
});

it('asks again for a log that the kubelet has lost for a moment', async () => {
  const story = new Story();
  const ended = { ...log, isRunning: false };
  await story.look(ended);
  await story.write('unable to retrieve container logs for containerd://b6d5');
  await story.end();
  await story.look(ended);
  await story.write(`${at(1)} last words\n`);
  await story.end();
  await story.look(ended);
  expect(story.asked).toHaveLength(2);
  expect(story.printed).toEqual(['orders-proxy-x last words']);
});
