/** Which of the nodes that may be read are near. */
export type Place = { readonly zone: string; readonly latencyMs: number };

/** So much further than the nearest is as near: else one node would get it all, for nothing that a client can feel. */
const NEAR = { share: 1.5, ms: 0.5 };

/** Those of the own zone, if there are any; of these the ones that answer soonest. */
export function nearestOf<T extends Place>(places: readonly T[], ownZone: string): T[] {
  const here = ownZone === '' ? [] : places.filter(({ zone }) => zone === ownZone);
  const candidates = here.length > 0 ? here : places;
  const bestMs = Math.min(...candidates.map(({ latencyMs }) => latencyMs));
  const isNear = ({ latencyMs }: T): boolean =>
    latencyMs === bestMs || latencyMs <= bestMs * NEAR.share + NEAR.ms;
  return candidates.filter(isNear);
}
