import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** JSON lines on standard output: one per decision and change of state, never one per request (style §4). */
export function createLogger(name: string, level: (typeof logLevels)[number]): Logger {
  return pino(
    { name, level, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 1, sync: true }),
  );
}
