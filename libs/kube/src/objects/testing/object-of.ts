import type { KubeObject } from '../../client/kube-object.ts';
import type { Rendered } from '../rendered.ts';

/** The one object of this kind, as it goes to the API server. */
export function objectOf<Type>(objects: readonly KubeObject[], kind: string): Rendered<Type> {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`Cannot find the ${kind}: ${found.length}, want one`);
  return JSON.parse(JSON.stringify(found[0])) as Rendered<Type>;
}
