export { DataDirectoryError, describeFileError, openDataDirectory } from './directory.ts';
export { Keeper, type Command } from './keeper.ts';
export { LocalPlatform } from './local-platform.ts';
export { boundLog, logPath, openLog } from './log-files.ts';
export {
  platformUpstreams,
  readPlatform,
  writePlatform,
  type PlatformRecord,
  type PlatformSettings,
} from './platform-file.ts';
export { supervisorOf, takeLock } from './platform-lock.ts';
export { isAlive, signalProcess, type ProcessMark } from './process-mark.ts';
export { chooseAddresses, whyNotFree } from './server-addresses.ts';
export { stopProcesses } from './stop-processes.ts';
