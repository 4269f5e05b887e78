import type { z } from 'zod';
import type { Kind } from './setting-kinds.ts';

export type Setting<T = unknown> = Kind<T> & {
  /** As text, like any other source; undefined: the setting is required. */
  readonly fallback: string | undefined;
  readonly help: string;
  /** A running process takes a new value when its settings are read again. */
  readonly isLive: boolean;
};
export type SettingsTable = Readonly<Record<string, Setting>>;
export type Settings<T extends SettingsTable> = { readonly [K in keyof T]: z.output<T[K]['type']> };

export function setting<T>(kind: Kind<T>, fallback: string | undefined, help: string): Setting<T> {
  return { ...kind, fallback, help, isLive: false };
}

export function liveSetting<T>(
  kind: Kind<T>,
  fallback: string | undefined,
  help: string,
): Setting<T> {
  return { ...kind, fallback, help, isLive: true };
}

export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function environmentName(key: string): string {
  return `KEYFLEET_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
