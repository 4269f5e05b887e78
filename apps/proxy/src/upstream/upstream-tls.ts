/** TLS to servers: whether, with which certificates, and whom they are believed to be. */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ConfigError, flagName } from '@keyfleet/runtime';
import type { ClusterSettings } from '../settings.ts';
import type { TlsOptions } from '../transport/transport.ts';
import { isTlsName } from './tls-names.ts';

const files = {
  ca: 'upstreamTlsCaFile',
  cert: 'upstreamTlsCertFile',
  key: 'upstreamTlsKeyFile',
} as const;
type FileKey = (typeof files)[keyof typeof files];
export type TlsSettings = Pick<
  ClusterSettings,
  FileKey | 'seeds' | 'upstreamTls' | 'upstreamTlsServerName' | 'upstreamTlsVerify'
>;

/** Whose certificates are believed, and what the proxy shows. */
export const tlsKeys = [
  ...Object.values(files),
  'upstreamTlsServerName',
  'upstreamTlsVerify',
] as const;

export function wantsTls({
  upstreamTls,
  seeds,
}: Pick<TlsSettings, 'upstreamTls' | 'seeds'>): boolean {
  return upstreamTls === 'on' || (upstreamTls === 'auto' && seeds.some(isTlsName));
}

/** Null: servers are spoken to in plain text. Throws ConfigError for files that cannot be used. */
export function openUpstreamTls(settings: TlsSettings): UpstreamTls | null {
  return wantsTls(settings) ? new UpstreamTls(settings) : null;
}

export class UpstreamTls {
  readonly #settings: TlsSettings;
  #context: SecureContext;
  /** When the files of the context were written. */
  #stamp: string;

  constructor(settings: TlsSettings) {
    this.#settings = settings;
    this.#stamp = stampOf(settings);
    this.#context = contextOf(settings);
  }

  /** For a connection to the server that goes by this name, or has this address. */
  optionsFor(name: string): TlsOptions {
    this.#renew();
    const { upstreamTlsServerName, upstreamTlsVerify: verifies } = this.#settings;
    return { context: this.#context, serverName: upstreamTlsServerName || name, verifies };
  }

  /** Certificates are replaced before they expire. While a new one cannot be used the former one is. */
  #renew(): void {
    const stamp = stampOf(this.#settings);
    if (stamp === this.#stamp) return;
    try {
      this.#context = contextOf(this.#settings);
      this.#stamp = stamp;
    } catch (error) {
      // Half of a pair was replaced, say: the next connection tries again.
      if (!(error instanceof ConfigError)) throw error;
    }
  }
}

function contextOf(settings: TlsSettings): SecureContext {
  const read = (key: FileKey) => (settings[key] === '' ? undefined : readPem(key, settings[key]));
  const [ca, cert, key] = [read(files.ca), read(files.cert), read(files.key)];
  try {
    return createSecureContext({
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    });
  } catch (error) {
    const { code = 'no code' } = error as NodeJS.ErrnoException;
    const named = Object.values(files).filter((name) => settings[name] !== '');
    throw new ConfigError([`${named.map(flagName).join(', ')}  cannot be used: ${code}`]);
  }
}

function readPem(key: FileKey, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${flagName(key)}  cannot be read: ${path}, the system says ${code}`]);
  }
}

function stampOf(settings: TlsSettings): string {
  const stamps = Object.values(files).map((key) => {
    const found =
      settings[key] === '' ? undefined : statSync(settings[key], { throwIfNoEntry: false });
    return found === undefined ? '' : `${found.mtimeMs}/${found.ino}`;
  });
  return stamps.join();
}
