import { Redis } from 'ioredis';
import type { FeatureDriver } from './feature-client.ts';

export const ioredisDriver: FeatureDriver = {
  name: 'ioredis',
  connect: async (server, protocol) => {
    const redis = new Redis({ ...server, protocol, maxRetriesPerRequest: 0, lazyConnect: true });
    await redis.connect();
    const listeners: Redis[] = [];
    return {
      set: (key, value) => redis.set(key, value),
      get: (key) => redis.get(key),
      push: (list, value) => redis.rpush(list, value),
      blockingPop: (lists, timeoutSeconds) => redis.blpop([...lists], timeoutSeconds),
      transaction: async (key, value, counter) => {
        const replies = await redis.multi().set(key, value).incr(counter).get(key).exec();
        return replies && replies.map(([, reply]) => reply);
      },
      setWatched: async (key, value, meanwhile) => {
        await redis.watch(key);
        await meanwhile();
        return (await redis.multi().set(key, value).exec()) !== null;
      },
      script: (source, key, argument) => {
        redis.defineCommand('featureScript', { numberOfKeys: 1, lua: source });
        const { featureScript } = redis as unknown as {
          featureScript: (...args: string[]) => Promise<unknown>;
        };
        return featureScript.call(redis, key, argument);
      },
      forgetScripts: () => redis.script('FLUSH'),
      scan: async (match) => {
        const found: string[] = [];
        for await (const keys of redis.scanStream({ match, count: 50 }))
          found.push(...(keys as string[]));
        return found;
      },
      publish: (channel, message) => redis.publish(channel, message),
      listen: async (channel, pattern, hear) => {
        const listener = redis.duplicate();
        listeners.push(listener);
        listener.on('message', (of: string, message: string) => hear({ channel: of, message }));
        listener.on('pmessage', (_pattern: string, of: string, message: string) =>
          hear({ channel: of, message }),
        );
        await listener.subscribe(channel);
        await listener.psubscribe(pattern);
      },
      [Symbol.asyncDispose]: () => {
        for (const each of [redis, ...listeners]) each.disconnect();
        return Promise.resolve();
      },
    };
  },
};
