/** CLIENT LIST of several processes, as one: by id, as a server shows its clients in the order in which they came. */

/** All lines of a process stay together: each has a range of ids. */
export function joinLists(lists: readonly string[]): string {
  return lists
    .map((lines) => ({ lines, firstId: Number(/^id=(\d+)/.exec(lines)?.[1] ?? 0) }))
    .sort((a, b) => a.firstId - b.firstId)
    .map(({ lines }) => lines)
    .join('');
}
