/** Objects of the API as plain JSON: what is not named here is kept as it came. */

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

export type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
};

export type Kind = { readonly apiVersion: string; readonly kind: string };

/** Names one object; every object is such a reference to itself. */
export type ObjectRef = Kind & {
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

export type KubeObject = Kind & { readonly metadata: Metadata };

/** As people write it: `StatefulSet team-a/orders-shard-0`. */
export function nameOf({ kind, metadata: { name, namespace } }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
