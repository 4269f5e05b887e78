import { beforeEach, describe, expect, it } from 'vitest';
import { RawClient, type Server } from '../raw-client.ts';
import { FOREIGN_TIMEOUT_MS, foreignTours } from './foreign.ts';
import { tourIoredis } from './ioredis.ts';
import { tourNodeRedis } from './node-redis.ts';

const versions = [2, 3] as const;

/** The clients that people use, each on a round through the kinds of data. */
export function describeTours(server: () => Server): void {
  /** Each tour starts with nothing. */
  beforeEach(async () => {
    using raw = await RawClient.connect(server());
    await raw.call('FLUSHALL');
  });

  describe.each(versions)('over RESP%i', (version) => {
    it('ioredis', async () => tourIoredis(server(), version));

    it('node-redis', async () => tourNodeRedis(server(), version));

    it.for(foreignTours)('$name', { timeout: FOREIGN_TIMEOUT_MS }, async (tour, { skip }) => {
      const fetched = await tour.fetch();
      if (!fetched.ok) skip(`${tour.name} cannot be had here: ${fetched.because}`);
      const { exitCode, output } = await tour.run(server(), version);
      expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'done\n' });
    });
  });
}
