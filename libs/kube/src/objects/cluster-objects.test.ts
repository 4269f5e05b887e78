/** What holds for the objects of any cluster. */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../client/kube-object.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { credentialsSecret } from './credentials.ts';
import { clusterLabels, type Labels } from './labels.ts';
import type { Plain } from './plain.ts';
import { proxyObjects } from './proxy-objects.ts';
import { shardObjects } from './shard-objects.ts';
import { anyClusterPlace } from './testing/any-cluster-place.ts';
import { restrictedViolations } from './testing/restricted-violations.ts';

const SECRET = 'a secret';

function objectsOf(place: ClusterPlace): KubeObject[] {
  const shards = Array.from({ length: place.spec.shards }, (_, index) =>
    shardObjects(place, index, SECRET),
  );
  return [credentialsSecret(place, SECRET), ...shards.flat(), ...proxyObjects(place)];
}

function holds(law: (objects: KubeObject[], place: ClusterPlace) => void): void {
  const property = fc.property(anyClusterPlace, (place) => {
    law(objectsOf(place), place);
  });
  fc.assert(property, { numRuns: 50 });
}

type Selecting = {
  readonly spec?: {
    readonly template?: Plain<V1PodTemplateSpec>;
    readonly selector?: Labels & { readonly matchLabels?: Labels };
  };
};

function podOf(object: KubeObject): Plain<V1PodTemplateSpec> | undefined {
  return (object as Selecting).spec?.template;
}

/** The labels that an object selects pods by; undefined: it selects none. */
function selectorOf(object: KubeObject): Labels | undefined {
  const selector = (object as Selecting).spec?.selector;
  return selector?.matchLabels ?? selector;
}

describe('the objects of a cluster', () => {
  it('are all different', () => {
    holds((objects) => {
      const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  it('have names that fit', () => {
    holds((objects) => {
      const names = objects.map(({ metadata }) => metadata.name);
      expect(names.filter((name) => !/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(name))).toEqual([]);
    });
  });

  it('belong to the RedisCluster and say so', () => {
    holds((objects, { name, namespace, uid }) => {
      const strangers = objects.filter(({ metadata }) => {
        const [owner] = metadata.ownerReferences ?? [];
        const isOwned = owner?.uid === uid && owner.name === name && owner.controller === true;
        const isLabelled = Object.entries(clusterLabels(name)).every(
          ([key, value]) => metadata.labels?.[key] === value,
        );
        const isSealed = metadata.annotations?.['keyfleet.dev/applied'] !== undefined;
        return !(isOwned && isLabelled && isSealed && metadata.namespace === namespace);
      });
      expect(strangers).toEqual([]);
    });
  });

  it('run nothing that a restricted namespace refuses', () => {
    holds((objects) => {
      const pods = objects.flatMap((object) => podOf(object)?.spec ?? []);
      expect(pods.flatMap(restrictedViolations)).toEqual([]);
    });
  });

  it('select the pods of one StatefulSet or Deployment', () => {
    holds((objects) => {
      const pods = objects.map((object) => podOf(object)?.metadata?.labels);
      const numbers = objects
        .map(selectorOf)
        .flatMap((selector) =>
          selector === undefined
            ? []
            : pods.filter(
                (labels) =>
                  labels && Object.entries(selector).every(([key, value]) => labels[key] === value),
              ).length,
        );
      expect(numbers.filter((number) => number !== 1)).toEqual([]);
    });
  });

  it('are the same for the same spec', () => {
    holds((objects, place) => {
      expect(objectsOf(structuredClone(place))).toEqual(objects);
    });
  });

  it('of one shard stay as they are when there are more or fewer shards', () => {
    holds((_objects, place) => {
      const { spec } = place;
      const grown = { ...place, spec: { ...spec, shards: spec.shards + 1 } };
      expect(shardObjects(grown, 0, SECRET)).toEqual(shardObjects(place, 0, SECRET));
      expect(proxyObjects(grown)).toEqual(proxyObjects(place));
    });
  });
});
