/** The calls that an operator makes, on plain objects. What is refused, or not answered, is a `KubeError`. */
import type { KubeConfig } from '@kubernetes/client-node';
import { invariant } from '@keyfleet/runtime';
import { KubeError } from './kube-error.ts';
import { nameOf, type Kind, type KubeObject, type ObjectRef } from './kube-object.ts';
import { namespaceOf } from './load-kube-config.ts';
import { pathOfVersion, Resources } from './resources.ts';
import { eventsOf, type WatchEvent } from './watch-stream.ts';
import { Transport, type Query, type Request } from './transport.ts';

const FIELD_MANAGER = 'keyfleet';

const TIMEOUT_MS = 10_000;
const PAGE_SIZE = 500;
/** A hundred thousand objects: more is not one of our clusters, but a server that never says that it is done. */
const PAGES_MAX = 200;

const AS_METADATA = 'g=meta.k8s.io;v=v1';

export type CallOptions = { readonly signal?: AbortSignal; readonly timeoutMs?: number };

export type Selection = {
  /** All namespaces without it. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only metadata is sent: labels, annotations, owners, but no spec, data or status. */
  readonly metadataOnly?: boolean | undefined;
};

export type DeleteOptions = CallOptions & {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Only if the object is still this one, and not another of the same name. */
  readonly uid?: string;
};

export type MismatchListener = (ref: ObjectRef) => void;

export type Page<T> = { readonly items: readonly T[]; readonly resourceVersion: string };

export type WatchOptions = Selection & {
  readonly resourceVersion: string;
  /** The server ends the watch after this time. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
};

type ClientOptions = { readonly userAgent?: string; readonly timeoutMs?: number };

export class KubeClient {
  /** For what the library does itself: logs, port-forward. */
  readonly config: KubeConfig;
  /** The namespace that the kubeconfig names. */
  readonly namespace: string;
  readonly #transport: Transport;
  readonly #resources: Resources;
  readonly #timeoutMs: number;
  readonly #mismatchListeners = new Set<MismatchListener>();

  constructor(
    config: KubeConfig,
    { userAgent = FIELD_MANAGER, timeoutMs = TIMEOUT_MS }: ClientOptions = {},
  ) {
    this.config = config;
    this.namespace = namespaceOf(config);
    this.#timeoutMs = timeoutMs;
    this.#transport = new Transport(config, userAgent);
    this.#resources = new Resources(async (apiVersion, signal) =>
      this.#discover(apiVersion, signal),
    );
  }

  /**
   * A listener hears of each object that a call took for another than the server has: it is not there, or its uid or
   * resourceVersion is not the given one. Returns how to stop listening.
   */
  onMismatch(listener: MismatchListener): () => void {
    this.#mismatchListeners.add(listener);
    return () => this.#mismatchListeners.delete(listener);
  }

  /** Makes the object be as given, or creates it; fields that others own and that are not given stay as they are. */
  async apply<T extends KubeObject>(object: T, options: CallOptions = {}): Promise<T> {
    return await this.#apply(object, '', options);
  }

  /** As `apply`, for the status; with a uid in its metadata, only of that very object. */
  async applyStatus<T extends KubeObject & { readonly status: unknown }>(
    { apiVersion, kind, metadata: { name, namespace, uid }, status }: T,
    options: CallOptions = {},
  ): Promise<T> {
    const metadata = { name, ...(namespace && { namespace }), ...(uid && { uid }) };
    return (await this.#apply({ apiVersion, kind, metadata, status }, '/status', options)) as T;
  }

  async create<T extends KubeObject>(object: T, options: CallOptions = {}): Promise<T> {
    return await this.#call<T>(`create ${nameOf(object)}`, options, {
      method: 'POST',
      path: await this.#collectionPath(object, object.metadata.namespace, options.signal),
      query: { fieldManager: FIELD_MANAGER },
      body: object,
    });
  }

  /** Writes the whole object; its resourceVersion is the lock. */
  async replace<T extends KubeObject>(object: T, options: CallOptions = {}): Promise<T> {
    checkVersion(object);
    return await this.#call<T>(`replace ${nameOf(object)}`, options, {
      about: object,
      method: 'PUT',
      path: await this.#pathOf(object, options.signal),
      query: { fieldManager: FIELD_MANAGER },
      body: object,
    });
  }

  /** A JSON merge patch: null deletes a field, a list is replaced. */
  async merge<T extends KubeObject>(
    ref: ObjectRef,
    patch: unknown,
    options: CallOptions = {},
  ): Promise<T> {
    return await this.#call<T>(`patch ${nameOf(ref)}`, options, {
      about: ref,
      method: 'PATCH',
      path: await this.#pathOf(ref, options.signal),
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: patch,
    });
  }

  /** Refused as `CONFLICT` when the object is not as it was read. */
  async setFinalizers<T extends KubeObject>(
    object: T,
    finalizers: readonly string[],
    options: CallOptions = {},
  ): Promise<T> {
    checkVersion(object);
    const { resourceVersion } = object.metadata;
    return await this.merge<T>(object, { metadata: { resourceVersion, finalizers } }, options);
  }

  /** Undefined when there is none. */
  async get<T extends KubeObject>(
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    const path = await this.#pathOf(ref, options.signal);
    return await unlessMissing(
      this.#call<T>(`get ${nameOf(ref)}`, options, { about: ref, method: 'GET', path }),
    );
  }

  /** That it is not there is fine. */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const { propagation, uid } = options;
    const path = await this.#pathOf(ref, options.signal);
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(propagation && { propagationPolicy: propagation }),
      ...(uid && { preconditions: { uid } }),
    };
    await unlessMissing(
      this.#call(`delete ${nameOf(ref)}`, options, { about: ref, method: 'DELETE', path, body }),
    );
  }

  async list<T extends KubeObject>(
    kind: Kind,
    selection: Selection = {},
    options: CallOptions = {},
  ): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.pages<T>(kind, selection, options)) items.push(...page.items);
    return items;
  }

  /** All objects as of one resourceVersion, 500 at a time. `GONE`: it took too long, begin again. */
  async *pages<T extends KubeObject>(
    kind: Kind,
    selection: Selection = {},
    options: CallOptions = {},
  ): AsyncGenerator<Page<T>> {
    const path = await this.#collectionPath(kind, selection.namespace, options.signal);
    const accept = acceptOf(selection, 'PartialObjectMetadataList');
    let next: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const query = { ...selectors(selection), limit: PAGE_SIZE, continue: next };
      const request: RequestParts = { method: 'GET', path, query, ...accept };
      const list = await this.#call<ObjectList<T>>(`list ${kind.kind}`, options, request);
      const { resourceVersion = '', continue: token } = list.metadata ?? {};
      const items = list.items ?? [];
      // Items of a list do not say what they are.
      yield { items: items.map((item) => ({ ...lean(item), ...kindOf(kind) })), resourceVersion };
      if (!token) return;
      next = token;
    }
    const message = `Cannot list ${kind.kind}: more than ${PAGES_MAX} pages of ${PAGE_SIZE}`;
    throw new KubeError(message, { code: 'OTHER' });
  }

  /** What happened after `resourceVersion`, until the server or `signal` ends it. */
  async *watch(kind: Kind, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { resourceVersion, timeoutSeconds, signal } = options;
    const tried = `watch ${kind.kind}`;
    const position = { resourceVersion, timeoutSeconds, watch: true, allowWatchBookmarks: true };
    const path = await this.#collectionPath(kind, options.namespace, signal);
    const query = { ...selectors(options), ...position };
    const accept = acceptOf(options, 'PartialObjectMetadata');
    const request: Request = { tried, method: 'GET', path, query, ...accept };
    const body = await this.#transport.open(request, { timeoutMs: this.#timeoutMs, signal });
    for await (const { type, object } of eventsOf(body, tried)) {
      yield { type, object: { ...lean(object), ...kindOf(kind) } };
    }
  }

  /** Connections that are not in use are closed. */
  close(): void {
    this.#transport.close();
  }

  async #apply<T extends KubeObject>(
    object: T,
    subresource: '' | '/status',
    options: CallOptions,
  ): Promise<T> {
    const what = subresource === '' ? nameOf(object) : `the status of ${nameOf(object)}`;
    return await this.#call<T>(`apply ${what}`, options, {
      about: object,
      method: 'PATCH',
      path: (await this.#pathOf(object, options.signal)) + subresource,
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml', // JSON is YAML
      body: object,
    });
  }

  async #call<T>(
    tried: string,
    options: CallOptions,
    { about, ...parts }: RequestParts,
  ): Promise<T> {
    const { signal, timeoutMs = this.#timeoutMs } = options;
    try {
      return lean(await this.#transport.send({ ...parts, tried }, { timeoutMs, signal })) as T;
    } catch (error) {
      if (about && isMismatch(error)) {
        for (const listener of this.#mismatchListeners) listener(about);
      }
      throw error;
    }
  }

  async #discover(apiVersion: string, signal: AbortSignal | undefined): Promise<unknown> {
    const path = pathOfVersion(apiVersion);
    const options = signal ? { signal } : {};
    return await unlessMissing(
      this.#call(`find the kinds of ${apiVersion}`, options, { method: 'GET', path }),
    );
  }

  async #pathOf(ref: ObjectRef, signal: AbortSignal | undefined): Promise<string> {
    const { name, namespace } = ref.metadata;
    const { isNamespaced } = await this.#resources.find(ref, signal);
    invariant(!isNamespaced || namespace, `${nameOf(ref)} has no namespace`);
    return `${await this.#collectionPath(ref, namespace, signal)}/${encodeURIComponent(name)}`;
  }

  async #collectionPath(
    kind: Kind,
    namespace: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { plural, isNamespaced } = await this.#resources.find(kind, signal);
    const place = isNamespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    return `${pathOfVersion(kind.apiVersion)}${place}/${plural}`;
  }
}

type RequestParts = Omit<Request, 'tried'> & {
  /** The object that the call is about, if the caller believes that it is there. */
  readonly about?: ObjectRef;
};

type ObjectList<T> = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[];
};

/** Nobody here asks who set which field, and the answer is often larger than the object. */
function lean<T>(object: T): T {
  const { metadata } = object as { metadata?: { managedFields?: unknown } };
  delete metadata?.managedFields;
  return object;
}

function kindOf({ apiVersion, kind }: Kind): Kind {
  return { apiVersion, kind };
}

function selectors({ labelSelector, fieldSelector }: Selection): Query {
  return { labelSelector, fieldSelector };
}

function acceptOf({ metadataOnly }: Selection, as: string): { accept?: string } {
  return metadataOnly ? { accept: `application/json;as=${as};${AS_METADATA}` } : {};
}

function checkVersion(object: KubeObject): void {
  invariant(object.metadata.resourceVersion, `${nameOf(object)} has no resourceVersion`);
}

function isMismatch(error: unknown): boolean {
  return error instanceof KubeError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT');
}

/** That a kind is missing is another thing than that an object is. */
async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
