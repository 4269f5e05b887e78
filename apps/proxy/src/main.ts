import { createLogger, exitWith, loadSettings, sourcesOf, stopOnSignal } from '@keyfleet/runtime';
import { startProxy } from './proxy.ts';
import { proxySettings } from './settings.ts';

/** Above `drainMs`: the rest of the stop takes little. */
const STOP_EXTRA_MS = 3000;

try {
  const settings = loadSettings(proxySettings, sourcesOf(process.argv.slice(2), process.env));
  const log = createLogger('proxy', settings.logLevel);
  stopOnSignal(await startProxy(settings, log), { log, graceMs: settings.drainMs + STOP_EXTRA_MS });
} catch (error) {
  exitWith(error);
}
