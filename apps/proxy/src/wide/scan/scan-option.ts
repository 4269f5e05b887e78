/** Of the options behind a cursor: the value of the last with this name, which is the one that counts. */
export function scanOption(options: readonly Uint8Array[], name: string): Uint8Array | undefined {
  const isNamed = (option: Uint8Array, i: number): boolean =>
    i % 2 === 0 && Buffer.from(option).toString().toLowerCase() === name;
  const last = options.findLastIndex(isNamed);
  return last === -1 ? undefined : options[last + 1];
}
