/** The clients that people use, each on a round through the kinds of data, over all shards. */
import { beforeEach, describe, expect, it } from 'vitest';
import { usePlatform } from './platform.ts';
import { RawClient } from './raw-client.ts';
import { FOREIGN_TIMEOUT_MS, foreignTours } from './tours/foreign.ts';
import { tourIoredis } from './tours/ioredis.ts';
import { tourNodeRedis } from './tours/node-redis.ts';

const platform = usePlatform();
const versions = [2, 3] as const;

/** Each tour starts with nothing. */
beforeEach(async () => {
  using raw = await RawClient.connect(platform.current);
  await raw.call('FLUSHALL');
});

describe.each(versions)('over RESP%i', (version) => {
  it('ioredis', async () => tourIoredis(platform.current, version));

  it('node-redis', async () => tourNodeRedis(platform.current, version));

  it.for(foreignTours)('$name', { timeout: FOREIGN_TIMEOUT_MS }, async (tour, { skip }) => {
    const fetched = await tour.fetch();
    if (!fetched.ok) skip(`${tour.name} cannot be had here: ${fetched.because}`);
    const { exitCode, output } = await tour.run(platform.current, version);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'done\n' });
  });
});
