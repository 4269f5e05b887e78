/** What a server is to be configured with, beyond what it has: by what the others have that clients set. */

export type Values = ReadonlyMap<string, string>;

/** By name: the value that CONFIG SET replaced, and the last that was set here. */
type SetByClients = ReadonlyMap<
  string,
  { readonly former: string; readonly latest: Uint8Array | null }
>;

type Wanting = {
  readonly set: SetByClients;
  readonly own: Values;
  readonly others: readonly Values[];
  /** There are no others, whether they answered or not. */
  readonly isAlone: boolean;
};

export function wantedValues({
  set,
  own,
  others,
  isAlone,
}: Wanting): Map<string, string | Uint8Array> {
  const wanted = new Map<string, string | Uint8Array>();
  for (const [name, { former, latest }] of set) {
    // Another value is meant: it came with the server's own configuration.
    if (own.get(name) !== former) continue;
    const value = isAlone ? latest : agreedValue(others, name, former);
    if (value !== null) wanted.set(name, value);
  }
  return wanted;
}

/** What all have that do not have the former value either; null: none, or several things. */
function agreedValue(others: readonly Values[], name: string, former: string): string | null {
  const values = others.map((other) => other.get(name)).filter((value) => value !== undefined);
  const changed = new Set(values.filter((value) => value !== former));
  return changed.size === 1 ? [...changed][0]! : null;
}
