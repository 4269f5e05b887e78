import type { V1ConfigMap, V1Secret, V1StatefulSet } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { ClusterPlace } from './cluster-place.ts';
import { shardObjects } from './shard-objects.ts';
import { objectOf } from './testing/object-of.ts';
import { placeOf } from './testing/place-of.ts';

const render = (place: ClusterPlace) => shardObjects(place, 3, 'a secret');

function statefulSetOf(...parts: Parameters<typeof placeOf>) {
  return objectOf<V1StatefulSet>(render(placeOf(...parts)), 'StatefulSet').spec!;
}

function containerOf(...parts: Parameters<typeof placeOf>) {
  return statefulSetOf(...parts).template.spec!.containers[0]!;
}

describe('the StatefulSet of a shard', () => {
  it('leaves it to us which server is replaced when, and starts them all at once', () => {
    expect(statefulSetOf({ replicasPerShard: 2 })).toMatchObject({
      replicas: 3,
      serviceName: 'orders-shard-3',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
    });
  });

  it.each([
    [{}, { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }],
    [
      { storage: { size: '10Gi', storageClassName: 'fast' } },
      { storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } },
    ],
  ])('claims a volume for each server: %j', (spec, claim) => {
    const { volumeClaimTemplates } = statefulSetOf(spec);
    expect(volumeClaimTemplates).toMatchObject([{ metadata: { name: 'data' }, spec: claim }]);
  });

  it('puts nothing on the claims that a later version could not change', () => {
    const [claim] = statefulSetOf().volumeClaimTemplates!;
    expect(claim?.metadata).toEqual({ name: 'data' });
  });

  it('retains volumes, whatever becomes of them when the cluster is deleted', () => {
    const set = statefulSetOf({ storage: { retention: { whenDeleted: 'Delete' } } });
    const policy = set.persistentVolumeClaimRetentionPolicy;
    expect(policy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
  });

  it('claims nothing without persistence: a replica still needs room for what it copies', () => {
    const set = statefulSetOf({ persistence: { mode: 'none' } });
    expect(set.volumeClaimTemplates).toBeUndefined();
    expect(set.persistentVolumeClaimRetentionPolicy).toBeUndefined();
    expect(set.template.spec!.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });

  it('shows of what a pod was made, whatever else changes', () => {
    const hashOf = (spec: Parameters<typeof placeOf>[0]) =>
      statefulSetOf(spec).template.metadata?.annotations?.['keyfleet.dev/template'];
    const plain = hashOf({});
    expect(plain).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf({ replicasPerShard: 4, shards: 9, proxy: { replicas: 5 } })).toBe(plain);
    expect(hashOf({ config: { hz: '20' } })).not.toBe(plain);
    expect(hashOf({ resources: { requests: { cpu: '2' } } })).not.toBe(plain);
  });
});

describe('the pod of a server', () => {
  it.each([
    [{}, 'redis:8.0', 'redis'],
    [{ flavor: 'valkey' }, 'valkey/valkey:8.1', 'valkey'],
    [{ image: 'mine:1' }, 'mine:1', 'redis'],
  ] as const)('runs the flavor of the manifest: %j', (engine, image, flavor) => {
    const { livenessProbe, ...container } = containerOf({ engine });
    expect(container).toMatchObject({ image, command: [`${flavor}-server`] });
    expect(livenessProbe?.exec?.command?.[0]).toBe(`${flavor}-cli`);
  });

  it.each([
    ['required', 'requiredDuringSchedulingIgnoredDuringExecution'],
    ['preferred', 'preferredDuringSchedulingIgnoredDuringExecution'],
  ] as const)('keeps off hosts of its shard: %s', (host, rule) => {
    const { template } = statefulSetOf({ scheduling: { antiAffinity: { host } } });
    expect(Object.keys(template.spec!.affinity!.podAntiAffinity!)).toEqual([rule]);
    expect(JSON.stringify(template.spec!.affinity)).toContain('"keyfleet.dev/shard":"shard-3"');
  });

  it('goes where the manifest says', () => {
    const scheduling = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'redis', operator: 'Exists' as const }],
    };
    expect(statefulSetOf({ scheduling }).template.spec).toMatchObject(scheduling);
  });

  it.each([
    [{}, undefined, []],
    [{ imagePullPolicy: 'Always', imagePullSecrets: ['mirror'] }, 'Always', [{ name: 'mirror' }]],
  ] as const)('pulls its image as the operator is told: %j', (more, policy, secrets) => {
    expect(containerOf({}, more).imagePullPolicy).toBe(policy);
    expect(statefulSetOf({}, more).template.spec!.imagePullSecrets).toEqual(secrets);
  });
});

/** Everything that is named in one object and has to be in another. */
describe('what a server starts with', () => {
  const objects = render(placeOf({ replicasPerShard: 2 }));
  const pod = objectOf<V1StatefulSet>(objects, 'StatefulSet').spec!.template.spec!;
  const configMap = objectOf<V1ConfigMap>(objects, 'ConfigMap');
  const secret = objectOf<V1Secret>(objects, 'Secret');
  const container = pod.containers[0]!;
  /** Paths of all files in the container. */
  const files = pod.volumes!.flatMap(({ name, configMap: config, secret: credentials }) => {
    expect([config?.name ?? credentials?.secretName]).toEqual([configMap.metadata.name]);
    const mount = container.volumeMounts!.find((each) => each.name === name)!;
    const keys = Object.keys((config ? configMap.data : secret.data) ?? {});
    return keys.map((key) => `${mount.mountPath}/${key}`);
  });

  it.each(['0', '1', '2'])('is there: the configuration of ordinal %s', (ordinal) => {
    expect(files).toContain(container.args![0]!.replace('$(POD_INDEX)', ordinal));
  });

  it('is there: the credentials that the configuration includes', () => {
    const config = configMap.data!['team-a.orders.shard-3-0.conf']!;
    expect(files).toContain(/^include (.+)$/m.exec(config)?.[1]);
  });

  it('is there: the script of the readiness probe, and the password that it reads', () => {
    const [shell, script] = container.readinessProbe!.exec!.command!;
    expect(shell).toBe('sh');
    expect(files).toContain(script);
    expect(files).toContain(/cat ([^)]+)\)/.exec(configMap.data!['ready.sh']!)?.[1]);
  });

  it('is there: each variable of its arguments', () => {
    const used = [...container.args!.join(' ').matchAll(/\$\((\w+)\)/g)].map(([, name]) => name);
    expect(container.env!.map(({ name }) => name).sort()).toEqual([...new Set(used)].sort());
  });

  it('comes before the StatefulSet', () => {
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Secret',
      'ConfigMap',
      'Service',
      'PodDisruptionBudget',
      'StatefulSet',
    ]);
  });
});
