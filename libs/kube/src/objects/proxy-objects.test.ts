import type {
  V1Deployment,
  V1PodDisruptionBudget,
  V1Service,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { credentialsSecret } from './credentials.ts';
import { proxyObjects } from './proxy-objects.ts';
import { objectOf } from './testing/object-of.ts';
import { placeOf } from './testing/place-of.ts';

const render = (...parts: Parameters<typeof placeOf>) => proxyObjects(placeOf(...parts));
const deploymentOf = (...parts: Parameters<typeof placeOf>) =>
  objectOf<V1Deployment>(render(...parts), 'Deployment').spec!;

describe('the proxies', () => {
  it.each([
    ['two by default', {}, 2],
    ['as many as the manifest says', { replicas: 5 }, 5],
    ['as many as the autoscaler says', { autoscaling: { maxReplicas: 9 } }, undefined],
  ])('are %s', (_what, proxy, replicas) => {
    expect(deploymentOf({ proxy }).replicas).toBe(replicas);
  });

  it('have an autoscaler if the manifest asks for one', () => {
    const kinds = render().map(({ kind }) => kind);
    expect(kinds).not.toContain('HorizontalPodAutoscaler');
    const objects = render({ proxy: { autoscaling: { maxReplicas: 9, targetCpuPercent: 60 } } });
    const { spec } = objectOf<V2HorizontalPodAutoscaler>(objects, 'HorizontalPodAutoscaler');
    expect(spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'orders-proxy' },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 60 } } }],
    });
  });

  it('are reached at the port of the manifest', () => {
    const service = objectOf<V1Service>(render({ proxy: { port: 6379 } }), 'Service').spec!;
    expect(service.ports).toEqual([{ name: 'redis', port: 6379, targetPort: 'redis' }]);
    const [container] = deploymentOf({ proxy: { port: 6379 } }).template.spec!.containers;
    expect(container?.ports).toContainEqual({ name: 'redis', containerPort: 7480 });
  });

  it('are replaced one by one, with a new one before an old one ends, also on a single host', () => {
    const { strategy, template } = deploymentOf();
    expect(strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(Object.keys(template.spec!.affinity!.podAntiAffinity!)).toEqual([
      'preferredDuringSchedulingIgnoredDuringExecution',
    ]);
  });

  it('do not stop a drain when none of them is ready', () => {
    const budget = objectOf<V1PodDisruptionBudget>(render(), 'PodDisruptionBudget');
    expect(budget.spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  it('know who they are, whom they serve, and what they have', () => {
    const configserverUrls = ['http://a:7400', 'http://b:7400'];
    const spec = { reads: { policy: 'nearest' } };
    const { containers, volumes } = deploymentOf(spec, { configserverUrls }).template.spec!;
    const { args, env, volumeMounts } = containers[0]!;
    const flags = Object.fromEntries(
      args!.flatMap((text, at) => (at % 2 === 0 ? [[text, args![at + 1]]] : [])),
    ) as Record<string, string>;
    expect(flags).toMatchObject({
      '--cluster': 'team-a.orders',
      '--configserver': 'http://a:7400,http://b:7400',
      '--proxy-id': '$(POD_NAME)',
      '--advertise-host': '$(POD_IP)',
      '--reads': 'nearest',
    });
    expect(env?.map(({ name }) => name).sort()).toEqual(['POD_IP', 'POD_NAME']);

    const pathOf = (name: string) => volumeMounts?.find((mount) => mount.name === name)?.mountPath;
    const credentials = credentialsSecret(placeOf(), 'a secret');
    expect(volumes).toMatchObject([
      { name: 'credentials', secret: { secretName: credentials.metadata.name } },
      { name: 'state', emptyDir: {} },
    ]);
    expect(flags['--secret-file']).toBe(`${pathOf('credentials')}/secret`);
    expect(flags['--state-dir']).toBe(pathOf('state'));
    expect(credentials).toMatchObject({ data: { secret: expect.any(String) as string } });
  });
});
