export { systemClock, type Clock } from './clock.ts';
export { credentialsId, InvalidSecret, parseSecret, shardPassword } from './credentials.ts';
export { addHealthRoutes } from './health-routes.ts';
export { invariant } from './invariant.ts';
export { createLogger, logLevels, type Logger } from './log.ts';
export { runLoop, type Controller } from './reconcile.ts';
export {
  ConfigError,
  environmentName,
  flagName,
  integer,
  list,
  loadSettings,
  oneOf,
  port,
  setting,
  text,
  url,
  type Settings,
  type SettingsTable,
} from './settings.ts';
export { sourcesOf } from './settings-file.ts';
export { exitWith, stopOnSignal, type Running } from './shutdown.ts';
