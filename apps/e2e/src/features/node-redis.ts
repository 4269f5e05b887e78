import { createHash } from 'node:crypto';
import { createClient, WatchError } from 'redis';
import type { Server } from '../raw-client.ts';
import type { FeatureDriver } from './feature-client.ts';

// The two versions differ in types that are not touched here.
function create(server: Server, version: 2 | 3) {
  return createClient({ socket: { ...server, reconnectStrategy: false }, RESP: version as 3 });
}

export const nodeRedisDriver: FeatureDriver = {
  name: 'node-redis',
  connect: async (server, version) => {
    const redis = create(server, version);
    const clients = [redis];
    const started = async (client: typeof redis): Promise<typeof redis> => {
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    await started(redis);
    return {
      set: (key, value) => redis.set(key, value),
      get: (key) => redis.get(key),
      push: (list, value) => redis.rPush(list, value),
      blockingPop: async (lists, timeoutSeconds) => {
        const popped = await redis.blPop([...lists], timeoutSeconds);
        return popped && [popped.key, popped.element];
      },
      transaction: (key, value, counter) =>
        redis.multi().set(key, value).incr(counter).get(key).exec(),
      setWatched: async (key, value, meanwhile) => {
        await redis.watch(key);
        await meanwhile();
        try {
          await redis.multi().set(key, value).exec();
          return true;
        } catch (error) {
          if (error instanceof WatchError) return false;
          throw error;
        }
      },
      script: async (source, key, argument) => {
        const options = { keys: [key], arguments: [argument] };
        const digest = createHash('sha1').update(source).digest('hex');
        try {
          return await redis.evalSha(digest, options);
        } catch (error) {
          if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
          return redis.eval(source, options);
        }
      },
      forgetScripts: () => redis.scriptFlush(),
      scan: async (match) => {
        const found: string[] = [];
        for await (const keys of redis.scanIterator({ MATCH: match, COUNT: 50 }))
          found.push(...keys);
        return found;
      },
      publish: (channel, message) => redis.publish(channel, message),
      listen: async (channel, pattern, hear) => {
        const listener = await started(create(server, version));
        clients.push(listener);
        const onMessage = (message: string, of: string): void => hear({ channel: of, message });
        await listener.subscribe(channel, onMessage);
        await listener.pSubscribe(pattern, onMessage);
      },
      [Symbol.asyncDispose]: () => {
        for (const client of clients) client.destroy();
        return Promise.resolve();
      },
    };
  },
};
