/** Where pods go in relation to their like: apart, as far as there is room. */
import type { V1Affinity, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Labels } from './labels.ts';
import type { Plain } from './plain.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

export function apartByHost(selector: Labels, how: 'required' | 'preferred'): Plain<V1Affinity> {
  const term = { topologyKey: HOST, labelSelector: { matchLabels: selector } };
  return {
    podAntiAffinity:
      how === 'required'
        ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
        : {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, podAffinityTerm: term },
            ],
          },
  };
}

/** Only a wish: there may be one zone, or none that has a name. */
export function spreadOverZones(selector: Labels): Plain<V1TopologySpreadConstraint> {
  return {
    topologyKey: ZONE,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    // Else hosts where no pod of ours may run, such as the control plane's, count as empty.
    nodeTaintsPolicy: 'Honor',
    labelSelector: { matchLabels: selector },
  };
}
