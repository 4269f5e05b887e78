import { ConfigError, flagName, type Clock } from '@keyfleet/runtime';
import type { ClusterSettings } from '../settings.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { PasswordCommand } from './password-command.ts';
import { passwordFile } from './password-file.ts';
import { secretFile } from './secret-file.ts';

const sources = [
  'secretFile',
  'upstreamPassword',
  'upstreamPasswordFile',
  'upstreamPasswordCommand',
] as const;
type Source = (typeof sources)[number];
export const credentialKeys = [...sources, 'upstreamUser'] as const;
export type CredentialSettings = Pick<
  ClusterSettings,
  Source | 'upstream' | 'upstreamUser' | 'upstreamPasswordRefreshMs'
>;
type Mistake = readonly [key: Source | 'upstreamUser', what: string];

/** Servers are told a password, wherever it comes from. */
export function hasCredentials(settings: Partial<CredentialSettings>): boolean {
  return sources.some((key) => (settings[key] ?? '') !== '');
}

/** What is wrong with them, seen together. */
export function credentialMistakes(settings: Partial<CredentialSettings>): Mistake[] {
  const given = sources.filter((key) => (settings[key] ?? '') !== '');
  const mistakes: Mistake[] = given
    .slice(1)
    .map((key) => [key, `want one source of the password, ${given[0]!} is given too`]);
  if (given.includes('secretFile') && settings.upstream !== 'topology')
    mistakes.push([
      'secretFile',
      `means nothing where upstream is ${settings.upstream ?? 'another'}`,
    ]);
  if ((settings.upstreamUser ?? '') !== '' && given.length === 0)
    mistakes.push(['upstreamUser', 'wants a password, a file or a command']);
  if ((settings.upstreamUser ?? '') !== '' && given.includes('secretFile'))
    mistakes.push(['upstreamUser', 'means nothing where there is a secretFile']);
  return mistakes;
}

/** Null: the servers ask for no password. Throws ConfigError for what cannot be used from the start. */
export async function openCredentials(
  settings: CredentialSettings,
  clock: Clock,
): Promise<CredentialSource | null> {
  const mistakes = credentialMistakes(settings);
  if (mistakes.length > 0)
    throw new ConfigError(mistakes.map(([key, what]) => `${flagName(key)}  ${what}`));
  const source = sources.find((key) => settings[key] !== '');
  if (source === undefined) return null;
  const opened = sourceOf(source, settings, clock);
  // A program may want what is not there yet, such as a network.
  if (source === 'upstreamPasswordCommand') return opened;
  try {
    await opened.read('');
  } catch (error) {
    throw new ConfigError([`${flagName(source)}  ${(error as Error).message}`]);
  }
  return opened;
}

function sourceOf(source: Source, settings: CredentialSettings, clock: Clock): CredentialSource {
  const { upstreamUser: user, upstreamPassword: password } = settings;
  switch (source) {
    case 'secretFile':
      return secretFile(settings.secretFile);
    case 'upstreamPassword':
      return fixedPassword({ user, password });
    case 'upstreamPasswordFile':
      return passwordFile(user, settings.upstreamPasswordFile);
    case 'upstreamPasswordCommand': {
      const { upstreamPasswordCommand: command, upstreamPasswordRefreshMs: keepMs } = settings;
      return new PasswordCommand({ user, command, keepMs, clock });
    }
  }
}

function fixedPassword(credentials: Credentials): CredentialSource {
  return {
    // By a reload.
    isRenewed: true,
    read: () => Promise.resolve(credentials),
    refuse: () => undefined,
  };
}
