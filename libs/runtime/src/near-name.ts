/** How far a slip of the fingers goes: two letters, and fewer in a short name. */
const DISTANCE_MAX = 2;

/** What was probably meant, as the end of a message; empty if nothing is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  const near = nearName(name, known);
  return near === undefined ? '' : `, did you mean ${near}?`;
}

function nearName(name: string, known: Iterable<string>): string | undefined {
  const [nearest] = [...known]
    .map((other) => ({ other, distance: editDistance(bare(name), bare(other)) }))
    .filter(({ other, distance }) => distance <= Math.min(DISTANCE_MAX, bare(other).length / 3))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.other;
}

/** Without what says that it is a flag, which would make short names long. */
function bare(name: string): string {
  return name.replace(/^-+/, '').toLowerCase();
}

/** Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? before[j - 2]! + 1 : Infinity;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, replaced, swapped));
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
