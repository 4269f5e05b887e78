import { exitWith, openLog, stopOnSignal } from '@keyfleet/runtime';
import { giveAnswer } from './command-line/answer.ts';
import { runCommand } from './command-line/run-command.ts';
import { loadProxyConfig } from './config/load-proxy-config.ts';
import { startProxy } from './proxy.ts';
import { runWorker } from './workers/worker-main.ts';
import { WORKER_ARGUMENT } from './workers/worker.ts';

/** Above `drainMs`: the rest of the stop takes little. */
const STOP_EXTRA_MS = 3000;

const [, program, ...args] = process.argv;

async function runProxy(): Promise<void> {
  const readConfig = () => loadProxyConfig(args, process.env);
  const config = readConfig();
  const { logLevel: level, logFile: file, drainMs } = config.process;
  const log = openLog('proxy', { level, file });
  const host = { program: program!, onHopeless: exitWith, readConfig };
  const starting = startProxy(config, log, host);
  // Not after the start: a signal that process 1 of a container does not listen for is lost.
  const running = { stop: async () => (await starting).stop() };
  stopOnSignal(running, { log: log.logger, graceMs: drainMs + STOP_EXTRA_MS });
  // What is wrong is logged where it is found.
  process.on('SIGHUP', () => void starting.then((proxy) => proxy.reload()).catch(() => undefined));
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
