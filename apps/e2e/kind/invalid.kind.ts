/**
 * What kubectl says of manifests that cannot be. One of each kind stands here; libs/kube has a case for every rule, which
 * any API server judges (`npm run test:apiserver`).
 */
import { describe, expect, it } from 'vitest';
import { tryKubectl } from './kubectl.ts';
import { RedisCluster } from './redis-cluster.ts';
import { useStory } from './story.ts';

const { court } = useStory('court');
const cluster = new RedisCluster(court, 'accepted');

async function refusalOf(args: readonly string[], input = ''): Promise<string> {
  const { exitCode, stderr } = await tryKubectl(['--namespace', court.name, ...args], { input });
  expect(exitCode).not.toBe(0);
  return stderr;
}

function manifest(spec: object, name = 'refused'): string {
  const kind = { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster' };
  return JSON.stringify({ ...kind, metadata: { name }, spec });
}

describe('kubectl apply refuses', () => {
  it.each<[string, object, string]>([
    ['too many shards', { shards: 1025 }, 'spec.shards: Invalid value: 1025'],
    ['a field that is misspelled', { shard: 3 }, 'unknown field "spec.shard"'],
    [
      'a choice that is none',
      { engine: { flavor: 'keydb' } },
      'supported values: "redis", "valkey"',
    ],
    [
      'what Keyfleet sets',
      { config: { port: '1' } },
      'spec.config: Forbidden: port is set by Keyfleet',
    ],
    [
      'what is not built yet',
      { durability: { mode: 'quorum' } },
      'spec.durability.mode: Forbidden: "quorum" is not built yet, want "async"',
    ],
    [
      'an autoscaler beside a number of proxies',
      { proxy: { replicas: 2, autoscaling: { maxReplicas: 4 } } },
      'spec.proxy.autoscaling: Forbidden: excludes replicas: the autoscaler sets their number',
    ],
  ])('%s', async (_what, spec, message) => {
    expect(await refusalOf(['apply', '-f', '-'], manifest(spec))).toContain(message);
  });

  it('a name that leaves no room for those made of it', async () => {
    const refusal = await refusalOf(['apply', '-f', '-'], manifest({}, 'x'.repeat(41)));
    expect(refusal).toContain('metadata.name: Invalid value');
    expect(refusal).toContain('want a DNS label of at most 40 characters');
  });
});

describe('a cluster that is there', () => {
  it.each<[string, object, string]>([
    [
      'keeps its engine',
      { engine: { flavor: 'valkey' } },
      'spec.engine.flavor: Forbidden: cannot be changed',
    ],
    ['keeps its shards', { shards: 2 }, 'spec.shards: Forbidden: changing it is not built yet'],
  ])('%s', async (_what, spec, message) => {
    await cluster.apply({ shards: 1, replicasPerShard: 0, proxy: { replicas: 1 } });
    const refusal = await refusalOf(['apply', '-f', '-'], manifest(spec, cluster.name));
    expect(refusal).toContain(message);
  });

  it('is not scaled by kubectl scale', async () => {
    const refusal = await refusalOf(['scale', 'kf', cluster.name, '--replicas=2']);
    expect(refusal).toContain('spec.shards: Forbidden: changing it is not built yet');
  });
});
