import { exitWith, loadSettings, openLog, sourcesOf, stopOnSignal } from '@keyfleet/runtime';
import { giveAnswer } from './command-line/answer.ts';
import { runCommand } from './command-line/run-command.ts';
import { startProxy } from './proxy.ts';
import { proxySettings } from './settings.ts';
import { runWorker } from './workers/worker-main.ts';
import { WORKER_ARGUMENT } from './workers/worker.ts';

/** Above `drainMs`: the rest of the stop takes little. */
const STOP_EXTRA_MS = 3000;

const [, program, ...args] = process.argv;

async function runProxy(): Promise<void> {
  const settings = loadSettings(proxySettings, sourcesOf(args, process.env));
  const { logLevel: level, logFile: file } = settings;
  const { logger: log } = openLog('proxy', { level, file });
  const starting = startProxy(settings, log, { program: program!, onHopeless: exitWith });
  // Not after the start: a signal that process 1 of a container does not listen for is lost.
  const running = { stop: async () => (await starting).stop() };
  stopOnSignal(running, { log, graceMs: settings.drainMs + STOP_EXTRA_MS });
  await starting;
}

try {
  const answer = runCommand(args, process.env);
  if (answer !== null) giveAnswer(answer);
  else if (args[0] === WORKER_ARGUMENT) runWorker();
  else await runProxy();
} catch (error) {
  exitWith(error);
}
