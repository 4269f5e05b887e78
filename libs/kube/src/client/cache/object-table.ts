import type { KubeObject } from '../kube-object.ts';

export type ChangeKind = 'added' | 'updated' | 'deleted';
export type Change<T> = { readonly kind: ChangeKind; readonly object: T };

type Entry<T> = {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly object: T;
};

/** The objects of one kind, each as what `project` keeps of it. */
export class ObjectTable<T> {
  readonly #project: (object: KubeObject) => T;
  #entries = new Map<string, Entry<T>>();

  constructor(project: (object: KubeObject) => T) {
    this.#project = project;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#entries.get(keyOf(namespace, name))?.object;
  }

  /** Undefined: there is no such object here. */
  versionOf(namespace: string | undefined, name: string): string | undefined {
    return this.#entries.get(keyOf(namespace, name))?.resourceVersion;
  }

  *all(): Generator<T> {
    for (const { object } of this.#entries.values()) yield object;
  }

  /** None: it is known as it is. */
  put(object: KubeObject): Change<T>[] {
    const key = keyOfObject(object);
    const before = this.#entries.get(key);
    const entry = this.#entryOf(object, before);
    this.#entries.set(key, entry);
    return [...changesOf(before, entry)];
  }

  remove(object: KubeObject): Change<T>[] {
    const key = keyOfObject(object);
    const before = this.#entries.get(key);
    this.#entries.delete(key);
    return [...changesOf(before, undefined)];
  }

  /** Takes a list that comes in pages; of a page no more is kept than of the objects in the table. */
  relist(): Relisting<T> {
    const next = new Map<string, Entry<T>>();
    return {
      add: (objects) => {
        for (const object of objects) {
          const key = keyOfObject(object);
          next.set(key, this.#entryOf(object, this.#entries.get(key)));
        }
      },
      finish: () => {
        const before = this.#entries;
        this.#entries = next;
        return [...changesBetween(before, next)];
      },
    };
  }

  /** The known one if it is the same version. */
  #entryOf(object: KubeObject, known: Entry<T> | undefined): Entry<T> {
    const { uid, resourceVersion } = object.metadata;
    if (known && known.resourceVersion === resourceVersion) return known;
    return { uid, resourceVersion, object: this.#project(object) };
  }
}

type Relisting<T> = {
  add(objects: readonly KubeObject[]): void;
  /** From now on the table is what was added; what is not in it was deleted unseen. */
  finish(): Change<T>[];
};

function* changesBetween<T>(
  before: ReadonlyMap<string, Entry<T>>,
  after: ReadonlyMap<string, Entry<T>>,
): Generator<Change<T>> {
  for (const [key, entry] of before) if (!after.has(key)) yield* changesOf(entry, undefined);
  for (const [key, entry] of after) yield* changesOf(before.get(key), entry);
}

/** Of one name. An object that has another uid is another one: the first was deleted unseen. */
function* changesOf<T>(
  before: Entry<T> | undefined,
  after: Entry<T> | undefined,
): Generator<Change<T>> {
  if (before === after) return;
  const isSame = before?.uid === after?.uid;
  if (before && after && isSame) yield { kind: 'updated', object: after.object };
  else {
    if (before) yield { kind: 'deleted', object: before.object };
    if (after) yield { kind: 'added', object: after.object };
  }
}

function keyOfObject({ metadata: { namespace, name } }: KubeObject): string {
  return keyOf(namespace, name);
}

function keyOf(namespace = '', name: string): string {
  return `${namespace}/${name}`;
}
