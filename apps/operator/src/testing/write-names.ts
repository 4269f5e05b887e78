/**
 * Names the writes of an operator, so that those of two runs can be compared. Null: what it does beside its steps, when
 * it likes, and what depends on chance, such as whether it has to wait for something.
 */
import type { Write } from './write-gate.ts';

type Body = {
  readonly metadata?: { readonly name?: string; readonly finalizers?: readonly string[] };
  readonly status?: { readonly phase: string; readonly operation?: { readonly step: string } };
};

export function kubeWriteName({ method, path, body }: Write): string | null {
  const { metadata = {}, status } = (body ?? {}) as Body;
  const [, resource = '', name = metadata.name ?? ''] =
    /\/namespaces\/[^/]+\/([^/?]+)(?:\/([^/?]+))?/.exec(path) ?? [];
  if (['', 'leases', 'events'].includes(resource)) return null;
  const detail = status ? stepName(status) : finalizersName(metadata.finalizers);
  return detail === null ? null : `${method} ${resource}/${name}${detail}`;
}

function stepName({ operation, phase }: NonNullable<Body['status']>): string | null {
  const name = operation?.step ?? phase;
  return name.startsWith('waitFor') ? null : ` status: ${name}`;
}

function finalizersName(finalizers: readonly string[] | undefined): string {
  return finalizers ? ` finalizers: ${finalizers.length}` : '';
}

/** Sessions are the proxies' own. */
export function configserverWriteName({ method, path }: Write): string | null {
  const [, part = ''] = /^\/v1\/clusters\/[^/]+(\/.+)?$/.exec(path) ?? [];
  if (part.startsWith('/sessions')) return null;
  return `${method} configserver${part || '/cluster'}`;
}
