/** Which path a kind has: asked of the API server once for each API version, and again for a kind that was not there. */
import { KubeError } from './kube-error.ts';
import type { Kind } from './kube-object.ts';

/** What is asked for here of an `APIResource`. */
export type Resource = { readonly plural: string; readonly isNamespaced: boolean };
type ByKind = ReadonlyMap<string, Resource>;

/** The body of `GET /apis/apps/v1`; undefined when there is no such API version (yet). */
type Discover = (apiVersion: string, signal: AbortSignal | undefined) => Promise<unknown>;

export class Resources {
  readonly #discover: Discover;
  readonly #known = new Map<string, ByKind>();

  constructor(discover: Discover) {
    this.#discover = discover;
  }

  async find({ apiVersion, kind }: Kind, signal?: AbortSignal): Promise<Resource> {
    const known = this.#known.get(apiVersion)?.get(kind);
    if (known) return known;

    // A CRD may have been installed since. Callers at the same time each ask: that is rare, and none waits for another.
    const byKind = resourcesOf(await this.#discover(apiVersion, signal));
    this.#known.set(apiVersion, byKind);
    const found = byKind.get(kind);
    if (found) return found;
    const message = `Cannot find kind ${kind} of ${apiVersion}: the API server does not have it`;
    throw new KubeError(message, { code: 'NOT_FOUND', status: 404, reason: 'NoSuchKind' });
  }
}

/** `/api/v1` or `/apis/apps/v1`. */
export function pathOfVersion(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function resourcesOf(list: unknown): ByKind {
  const { resources = [] } = (list ?? {}) as {
    resources?: { name: string; kind: string; namespaced: boolean }[];
  };
  return new Map(
    resources
      // `pods/log` and its like are parts of a resource, and may have a kind of their own or of another.
      .filter(({ name }) => !name.includes('/'))
      .map(({ kind, name, namespaced }) => [kind, { plural: name, isNamespaced: namespaced }]),
  );
}
