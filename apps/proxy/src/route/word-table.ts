/** A table that is asked by words of clients: an object would also answer to `constructor` and `__proto__`. */
export function wordTable<T>(byWord: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(byWord));
}
