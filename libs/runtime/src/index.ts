export { systemClock, type Clock } from './clock.ts';
export { ConfigError, Mistakes } from './config-error.ts';
export { credentialsId, InvalidSecret, parseSecret, shardPassword } from './credentials.ts';
export { addHealthRoutes } from './health-routes.ts';
export { invariant } from './invariant.ts';
export { createLogger, Log, logLevels, openLog, type Logger, type LogTarget } from './log.ts';
export { runLoop, type Controller } from './reconcile.ts';
export { suggestion } from './near-name.ts';
export { readSettings, type ReadFrom } from './read-settings.ts';
export {
  environmentName,
  flagName,
  liveSetting,
  setting,
  type Setting,
  type Settings,
  type SettingsTable,
} from './setting.ts';
export {
  hostPort,
  integer,
  list,
  oneOf,
  port,
  text,
  url,
  type JsonSchema,
} from './setting-kinds.ts';
export {
  environmentLayer,
  fieldsLayer,
  flagLayer,
  pathText,
  refuseOthers,
  type FieldPath,
  type Fields,
  type Layer,
  type LineOf,
} from './settings-layers.ts';
export { loadSettings, requiredText, type Sources } from './settings.ts';
export { parseFields, readFieldsFile, sourcesOf, type FieldsFile } from './settings-file.ts';
export { exitWith, stopOnSignal, type Running } from './shutdown.ts';
