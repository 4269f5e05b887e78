import {
  Batch,
  GlideClient,
  GlideClientConfiguration,
  Logger,
  ProtocolVersion,
  Script,
} from '@valkey/valkey-glide';
import type { Server } from '../raw-client.ts';
import type { FeatureDriver } from './feature-client.ts';

// Else it prints when its client is closed while it subscribes.
Logger.setLoggerConfig('off');

const { Exact, Pattern } = GlideClientConfiguration.PubSubChannelModes;

function optionsOf(server: Server, version: 2 | 3): GlideClientConfiguration {
  const protocol = version === 2 ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3;
  return { addresses: [server], protocol, requestTimeout: 10_000 };
}

export const glideDriver: FeatureDriver = {
  name: 'valkey-glide',
  connect: async (server, version) => {
    const redis = await GlideClient.createClient(optionsOf(server, version));
    const clients = [redis];
    const scripts: Script[] = [];
    return {
      set: (key, value) => redis.set(key, value),
      get: async (key) => (await redis.get(key)) as string | null,
      push: (list, value) => redis.rpush(list, [value]),
      blockingPop: async (lists, timeoutSeconds) =>
        (await redis.blpop([...lists], timeoutSeconds)) as [string, string] | null,
      transaction: (key, value, counter) =>
        redis.exec(new Batch(true).set(key, value).incr(counter).get(key), true),
      setWatched: async (key, value, meanwhile) => {
        await redis.watch([key]);
        await meanwhile();
        return (await redis.exec(new Batch(true).set(key, value), true)) !== null;
      },
      script: (source, key, argument) => {
        const script = new Script(source);
        scripts.push(script);
        return redis.invokeScript(script, { keys: [key], args: [argument] });
      },
      forgetScripts: () => redis.scriptFlush(),
      scan: async (match) => {
        const found: string[] = [];
        for (let cursor = '0'; ;) {
          const [next, keys] = await redis.scan(cursor, { match, count: 50 });
          found.push(...(keys as string[]));
          if (next === '0') return found;
          cursor = next as string;
        }
      },
      publish: (channel, message) => redis.publish(message, channel),
      listen: async (channel, pattern, hear) => {
        const listener = await GlideClient.createClient({
          // This library subscribes over RESP3 only.
          ...optionsOf(server, 3),
          pubsubSubscriptions: {
            channelsAndPatterns: { [Exact]: new Set([channel]), [Pattern]: new Set([pattern]) },
            callback: ({ channel: of, message }) =>
              hear({ channel: of as string, message: message as string }),
          },
        });
        clients.push(listener);
      },
      [Symbol.asyncDispose]: () => {
        for (const script of scripts) script.release();
        for (const client of clients) client.close();
        return Promise.resolve();
      },
    };
  },
};
