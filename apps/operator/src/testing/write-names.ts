/**
 * Names the writes of an operator, so that those of two runs can be compared. Null: what it does beside its steps, and
 * when it likes. (A status is written at each change of it; one name for each step.)
 */
import type { Write } from './write-gate.ts';

type Body = {
  readonly metadata?: { readonly name?: string; readonly finalizers?: readonly string[] };
  readonly status?: { readonly phase: string; readonly operation?: { readonly step: string } };
};

export function kubeWriteName({ method, path, body }: Write): string | null {
  const { metadata = {}, status } = (body ?? {}) as Body;
  const { pathname } = new URL(path, 'http://any');
  const [, resource, name = metadata.name] =
    /\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?/.exec(pathname) ?? [];
  if (resource === undefined || resource === 'leases' || resource === 'events') return null;
  const detail = status ? statusName(status) : finalizersName(metadata.finalizers);
  return `${method} ${resource}/${name ?? ''}${detail}`;
}

function statusName({ operation, phase }: NonNullable<Body['status']>): string {
  return ` status ${operation?.step ?? phase}`;
}

function finalizersName(finalizers: readonly string[] | undefined): string {
  return finalizers ? ` ${finalizers.length} finalizers` : '';
}

/** Sessions are the proxies' own. */
export function configserverWriteName({ method, path }: Write): string | null {
  const [, part = ''] = /^\/v1\/clusters\/[^/]+(\/.+)?$/.exec(path) ?? [];
  if (part.startsWith('/sessions')) return null;
  return `${method} configserver${part || '/cluster'}`;
}
