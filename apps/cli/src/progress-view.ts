/** Shows how a platform comes up: a list with spinners on a terminal, a line for each part otherwise. */
import { Listr } from 'listr2';
import { apiUrls, localHost } from './commands.ts';
import type { Launch } from './launch.ts';
import type { Count, Progress } from './supervisor-messages.ts';

type StageName = 'configservers' | 'servers' | 'shards' | 'proxies';

type Stage = {
  readonly name: StageName;
  readonly doing: string;
  readonly done: string;
};

export type ProgressView = {
  update(progress: Progress): void;
  finish(): Promise<void>;
  fail(): Promise<void>;
};

export function showProgress(launch: Launch, output: NodeJS.WriteStream): ProgressView {
  const stages = stagesOf(launch);
  // A terminal of unknown width would get one letter a line.
  return output.isTTY && output.columns > 0 ? new ListView(stages) : new LineView(stages, output);
}

function stagesOf({ spec, settings, server }: Launch): Stage[] {
  const servers = spec.shards * (spec.replicasPerShard + 1);
  const configservers: Stage = {
    name: 'configservers',
    doing: 'Configserver',
    done: `Configserver at ${apiUrls(settings).join(', ')}`,
  };
  const isRedisCluster = settings.upstream === 'redis-cluster';
  return [
    ...(isRedisCluster ? [] : [configservers]),
    {
      name: 'servers',
      doing: 'Servers',
      done: `${plural(servers, 'server')}: ${server.flavor} ${server.version}${isRedisCluster ? ', in cluster mode' : ''}`,
    },
    {
      name: 'shards',
      doing: 'Shards',
      done: `${plural(spec.shards, 'shard')}, ${plural(spec.replicasPerShard, 'replica')} each`,
    },
    {
      name: 'proxies',
      doing: 'Proxy',
      done: `Proxy at ${localHost(settings.bind)}:${spec.proxy.port}`,
    },
  ];
}

class LineView implements ProgressView {
  readonly #stages: readonly Stage[];
  readonly #output: NodeJS.WritableStream;
  readonly #shown = new Set<StageName>();

  constructor(stages: readonly Stage[], output: NodeJS.WritableStream) {
    this.#stages = stages;
    this.#output = output;
  }

  update(progress: Progress): void {
    for (const stage of this.#stages) if (isDone(progress[stage.name])) this.#show(stage);
  }

  finish(): Promise<void> {
    for (const stage of this.#stages) this.#show(stage);
    return Promise.resolve();
  }

  fail(): Promise<void> {
    return Promise.resolve();
  }

  #show({ name, done }: Stage): void {
    if (this.#shown.has(name)) return;
    this.#shown.add(name);
    this.#output.write(`${done}\n`);
  }
}

type Running = { show(count: Count): void; done(): void; fail(): void };

class ListView implements ProgressView {
  readonly #running = new Map<StageName, Running>();
  readonly #end: Promise<unknown>;

  constructor(stages: readonly Stage[]) {
    const list = new Listr(
      stages.map((stage) => ({
        title: stage.doing,
        task: (_context: unknown, task: { title: string | undefined }): Promise<void> =>
          new Promise((resolve, reject) => {
            this.#running.set(stage.name, {
              show: ({ done, of }) => (task.title = `${stage.doing} ${done}/${of}`),
              done: () => {
                task.title = stage.done;
                resolve();
              },
              fail: () => {
                task.title = stage.doing;
                reject(new Error(stage.doing));
              },
            });
          }),
      })),
      {
        concurrent: true,
        exitOnError: false,
        // Ctrl-C is ours: it stops the platform first.
        registerSignalListeners: false,
        rendererOptions: { showErrorMessage: false, collapseErrors: false },
      },
    );
    this.#end = list.run();
  }

  update(progress: Progress): void {
    for (const [name, running] of this.#running) {
      if (isDone(progress[name])) running.done();
      else running.show(progress[name]);
    }
  }

  async finish(): Promise<void> {
    for (const running of this.#running.values()) running.done();
    await this.#end;
  }

  async fail(): Promise<void> {
    for (const running of this.#running.values()) running.fail();
    await this.#end;
  }
}

function isDone({ done, of }: Count): boolean {
  return done >= of;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
