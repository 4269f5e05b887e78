import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type Outcome = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of arrival, for messages. */
  readonly output: string;
};

type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Written to its standard input, as fast as it reads. */
  readonly input?: Iterable<Uint8Array>;
};

/** Runs a program to its end. Its exit code is the caller's business; one that takes too long is killed and fails. */
export async function run(
  file: string,
  args: readonly string[],
  { cwd, env = {}, timeoutMs, input = [] }: RunOptions,
): Promise<Outcome> {
  const child = spawn(file, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
  });
  const collected = { stdout: '', stderr: '', output: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      collected[name] += text;
      collected.output += text;
    });
  }
  child.stdin.on('error', () => undefined); // one that ends without reading has its own error to tell
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const closed = once(child, 'close');
    for (const chunk of input) {
      if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, 'drain'), closed]);
    }
    child.stdin.end();
    await closed;
  } finally {
    clearTimeout(limit);
  }
  if (isLate)
    throw new Error(
      `Cannot run ${file} ${args.join(' ')}: no end within ${timeoutMs} ms\n${collected.output}`,
    );
  return { exitCode: child.exitCode, ...collected };
}
