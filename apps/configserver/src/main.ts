import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { openEmbeddedStore } from '@keyfleet/embedded-store';
import { openEtcdStore } from '@keyfleet/etcd';
import {
  ConfigError,
  createLogger,
  exitWith,
  loadSettings,
  sourcesOf,
  stopOnSignal,
  systemClock,
} from '@keyfleet/runtime';
import type { Store } from '@keyfleet/store';
import { startConfigserver } from './configserver.ts';
import { settings } from './settings.ts';

const STOP_GRACE_MS = 10_000;

try {
  const loaded = loadSettings(settings, sourcesOf(process.argv.slice(2), process.env));
  const { bind, advertiseUrl, etcd } = loaded;
  if (etcd.length > 0 && advertiseUrl === '' && ['0.0.0.0', '::'].includes(bind)) {
    throw new ConfigError([`--advertise-url  is required when --bind is ${bind}`]);
  }
  const log = createLogger('configserver', loaded.logLevel);
  const store = openStore(etcd, loaded.store);
  const running = await startConfigserver({ ...loaded, store, clock: systemClock, log });
  stopOnSignal(running, { log, graceMs: STOP_GRACE_MS });
} catch (error) {
  exitWith(error);
}

function openStore(endpoints: readonly string[], file: string): Store {
  if (endpoints.length > 0) return openEtcdStore({ endpoints });
  mkdirSync(dirname(file), { recursive: true });
  return openEmbeddedStore({ file });
}
