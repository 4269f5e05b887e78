/**
 * `DATA/platform.json`: what a platform is made of and what of it runs. It is written before anything depends on it
 * and outlives a crash of the supervisor, so the next command finds every process that was left behind.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterName, ClusterSpec } from '@keyfleet/lifecycle';
import { z } from 'zod';
import { DataDirectoryError, describeFileError, ensureDirectory } from './directory.ts';
import { ProcessMark } from './process-mark.ts';

const portNumber = z.int().min(1).max(65535);

/** Shards under a configserver, or a Redis Cluster that governs itself. */
export const platformUpstreams = ['topology', 'redis-cluster'] as const;

export const PlatformSettings = z.object({
  bind: z.string(),
  adminPort: portNumber,
  apiPort: portNumber,
  /** What runs behind the proxy; records of earlier versions do not say. */
  upstream: z.enum(platformUpstreams).default('topology'),
  /** A name to look up in PATH, or a path. */
  server: z.string(),
  /** Null: the embedded store. */
  etcd: z.string().nullable(),
  configservers: z.int().min(1).max(9),
});
export type PlatformSettings = z.output<typeof PlatformSettings>;

export const PlatformRecord = z.object({
  schema: z.literal(1),
  cluster: ClusterName,
  /** The spec seen last, so that servers can start before the configserver answers; the store's is the one that counts. */
  spec: ClusterSpec,
  settings: PlatformSettings,
  /** A proxy was started once: from here on there may be a user's data, and a failed start removes nothing. */
  hasServed: z.boolean(),
  addresses: z.record(z.string(), z.object({ host: z.string(), port: portNumber })),
  processes: z.record(z.string(), ProcessMark),
});
export type PlatformRecord = z.output<typeof PlatformRecord>;

/** Throws DataDirectoryError. */
export function readPlatform(dataDir: string): PlatformRecord | null {
  const path = pathOf(dataDir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    const message =
      code === 'ENOTDIR'
        ? `Cannot use ${dataDir}: it is a file, want a directory`
        : `Cannot read ${path}: ${describeFileError(error)}, want a file that can be read`;
    throw new DataDirectoryError(message, { cause: error });
  }
  try {
    return PlatformRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new DataDirectoryError(
      `Cannot read ${path}: it is no platform record of this version, want another --data-dir`,
      {
        cause: error,
      },
    );
  }
}

/** Atomic: a crash leaves the old record or the new one. */
export function writePlatform(dataDir: string, record: PlatformRecord): void {
  ensureDirectory(dataDir);
  const draft = join(dataDir, `platform.json.${randomUUID()}`);
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { flush: true });
  renameSync(draft, pathOf(dataDir));
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'platform.json');
}
