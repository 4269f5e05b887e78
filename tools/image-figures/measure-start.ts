import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { outputOf } from '../image/run-command.ts';

export type Start = {
  readonly reference: string;
  /** Where it answers /healthz. */
  readonly port: number;
  readonly args: readonly string[];
  readonly docker?: readonly string[];
};

const ASK_AGAIN_MS = 3;
const ANSWER_MS = 1000;
const TIMEOUT_MS = 30_000;

/** Milliseconds from the start of a container's process, in Docker's words, to its first answer. */
export async function measureStart({ reference, port, args, docker = [] }: Start): Promise<number> {
  const restricted = ['--read-only', '--tmpfs=/tmp', '--cap-drop=ALL'];
  const run = ['run', '--detach', ...restricted, ...docker, reference, '--bind=0.0.0.0', ...args];
  const container = outputOf('docker', run);
  try {
    const facts = outputOf('docker', [
      'inspect',
      '--format={{.State.StartedAt}} {{.NetworkSettings.IPAddress}}',
      container,
    ]);
    const [startedAt, address] = facts.split(' ') as [string, string];
    const startedMs = Date.parse(startedAt);
    while (!(await isHealthy(address, port))) {
      if (Date.now() > startedMs + TIMEOUT_MS) {
        const said = outputOf('docker', ['logs', container]);
        throw new Error(`Cannot measure ${reference}: no answer in ${TIMEOUT_MS} ms\n${said}`);
      }
      await delay(ASK_AGAIN_MS);
    }
    return Date.now() - startedMs;
  } finally {
    outputOf('docker', ['rm', '--force', container]);
  }
}

function isHealthy(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    get({ host, port, path: '/healthz', agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
