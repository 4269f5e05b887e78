/** Runs units of the suite against a server; one that stands still cannot hold up the others. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeAddress, temporaryDirectory, type Address } from '@keyfleet/testkit';
import type { TestOutcome, UnitOutcome } from './outcome.ts';
import { parseOutput, type Output } from './parse-output.ts';
import { modes, type Mode } from './units.ts';

/** A test that is silent for so long is ended. */
const SILENT_SECONDS = 90;
const UNIT_MS_MAX = 15 * 60_000;
/** A unit is run again without the test that hung, so often. */
const HANGS_MAX = 8;

/** What an outside server, or this one, cannot be asked for. */
const TAGS = '-slow -needs:debug -needs:repl -needs:save -needs:reset -needs:config-maxmemory';

export type Task = {
  /** The unpacked source package. */
  readonly source: string;
  readonly unit: string;
  readonly mode: Mode;
  /** Tests that are left out. */
  readonly skips: readonly string[];
  /** Ends the run at once. */
  readonly signal: AbortSignal;
  /** Where all that the suite prints goes. */
  readonly log: (text: string) => void;
};

/** Anew for every try: a test that hung leaves a server in any state. */
export type StartServer = () => Promise<AsyncDisposable & { readonly address: Address }>;

export async function runUnit(task: Task, start: StartServer): Promise<UnitOutcome> {
  const hung: TestOutcome[] = [];
  for (;;) {
    await using server = await start();
    const skips = [...task.skips, ...hung.map(({ name }) => name)];
    const output = await runOnce({ ...task, skips }, server.address);
    const { tests, aborted } = withHung(output, hung);
    if (output.hung === null || hung.length === HANGS_MAX)
      return { unit: task.unit, tests, aborted };
    hung.push({ name: output.hung, verdict: 'hung', because: `silent for ${SILENT_SECONDS} s` });
  }
}

function withHung({ tests, hung, exception }: Output, known: readonly TestOutcome[]) {
  const names = new Set(known.map(({ name }) => name));
  const rest = tests.filter(({ name, verdict }) => verdict !== 'skipped' || !names.has(name));
  const aborted =
    hung === null ? (exception ?? '') : `too many tests hang, the last of them ${hung}`;
  return { tests: [...rest, ...known], aborted };
}

async function runOnce(
  { source, unit, mode, skips, signal, log }: Task,
  { host, port }: Address,
): Promise<Output> {
  signal.throwIfAborted();
  await using directory = await temporaryDirectory();
  const skipfile = join(directory.path, 'skips');
  await writeFile(skipfile, skips.join('\n'));
  const args = [
    ...['--host', host, '--port', String(port), '--single', unit, ...modes[mode].suiteArgs],
    ...['--ignore-encoding', '--ignore-digest', '--tags', TAGS, '--skipfile', skipfile],
    // A test that fails by an error reply is one test that fails, and not the end of all.
    ...['--durable', '--timeout', String(SILENT_SECONDS)],
    // It listens on a port of the 32 below.
    ...['--baseport', String((await freeAddress()).port + 32)],
  ];
  // In a group of its own: the suite starts a second process, which has to go with it.
  const child = spawn('./runtest', args, {
    cwd: source,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  };
  process.once('exit', end);
  signal.addEventListener('abort', end);
  const limit = setTimeout(end, UNIT_MS_MAX);
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (text: string) => {
      parts.push(text);
      log(text);
    });
  }
  await once(child, 'close');
  clearTimeout(limit);
  process.off('exit', end);
  signal.removeEventListener('abort', end);
  end();
  signal.throwIfAborted();
  return parseOutput(parts.join(''));
}
