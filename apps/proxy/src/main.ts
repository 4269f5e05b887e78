import { createLogger, exitWith, loadSettings, sourcesOf, stopOnSignal } from '@keyfleet/runtime';
import { startProxy } from './proxy.ts';
import { proxySettings } from './settings.ts';

/** Above `drainMs`: the rest of the stop takes little. */
const STOP_EXTRA_MS = 3000;

try {
  const settings = loadSettings(proxySettings, sourcesOf(process.argv.slice(2), process.env));
  const log = createLogger('proxy', settings.logLevel);
  const starting = startProxy(settings, log);
  // Not after the start: a signal that process 1 of a container does not listen for is lost.
  const running = { stop: async () => (await starting).stop() };
  stopOnSignal(running, { log, graceMs: settings.drainMs + STOP_EXTRA_MS });
  await starting;
} catch (error) {
  exitWith(error);
}
