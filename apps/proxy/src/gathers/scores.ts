/**
 * What ZUNION, ZINTER and ZDIFF make of their keys (t_zset.c `zunionInterDiffGenericCommand`); SUNION, SINTER and SDIFF,
 * which have no scores, do the same to members.
 */
export type Aggregate = 'sum' | 'min' | 'max';
/** Members, a character per byte, with their scores; those of a plain set have 1. */
export type Scores = ReadonlyMap<string, number>;
/** One key of the request. */
export type Operand = { readonly scores: Scores; readonly weight: number };

export function unite(operands: readonly Operand[], aggregate: Aggregate): Scores {
  const union = new Map<string, number>();
  for (const { scores, weight } of bySize(operands)) {
    for (const [member, score] of scores) {
      const value = notNaN(score * weight);
      const former = union.get(member);
      union.set(member, former === undefined ? value : aggregated(former, value, aggregate));
    }
  }
  return union;
}

export function intersect(operands: readonly Operand[], aggregate: Aggregate): Scores {
  const [smallest, ...others] = bySize(operands) as [Operand, ...Operand[]];
  const inAll = new Map<string, number>();
  for (const [member, score] of smallest.scores) {
    if (!others.every(({ scores }) => scores.has(member))) continue;
    let value = notNaN(score * smallest.weight);
    // inf * 0 stays what it is here: a sum with it is 0, and it is neither less nor more than anything.
    for (const { scores, weight } of others)
      value = aggregated(value, scores.get(member)! * weight, aggregate);
    inAll.set(member, value);
  }
  return inAll;
}

export function subtract([first, ...others]: readonly Operand[]): Scores {
  const left = [...(first?.scores ?? [])].filter(
    ([member]) => !others.some(({ scores }) => scores.has(member)),
  );
  return new Map(left);
}

/** By score, and members of one score by their bytes. */
export function inOrder(scores: Scores): [member: string, score: number][] {
  return [...scores].sort(([a, x], [b, y]) => compare(x, y) || compare(a, b));
}

/** From the smallest on: so the servers add, and in floating point the order shows. */
function bySize(operands: readonly Operand[]): Operand[] {
  return operands.toSorted((a, b) => a.scores.size - b.scores.size);
}

function aggregated(score: number, value: number, aggregate: Aggregate): number {
  if (aggregate === 'sum') return notNaN(score + value);
  if (aggregate === 'min') return value < score ? value : score;
  return value > score ? value : score;
}

function notNaN(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

function compare<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
