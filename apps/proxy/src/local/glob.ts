/**
 * Redis' patterns (util.c `stringmatchlen`): `*`, `?`, `[a-z]`, `[^a]`, `\` before a character that means itself. Only the
 * last star is ever gone back to, so that no pattern takes more than the product of both lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let starText = 0;
  while (at < text.length) {
    const part = partAt(pattern, from);
    if (part.kind === 'star') {
      star = from;
      starText = at;
      from = part.next;
    } else if (part.kind !== 'end' && part.takes(text[at]!)) {
      at++;
      from = part.next;
    } else if (star >= 0) {
      at = ++starText;
      from = star + 1;
    } else return false;
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
}

type Part =
  | { readonly kind: 'end' }
  | { readonly kind: 'star'; readonly next: number }
  | { readonly kind: 'one'; readonly next: number; readonly takes: (character: string) => boolean };

function partAt(pattern: string, from: number): Part {
  const character = pattern[from];
  if (character === undefined) return { kind: 'end' };
  if (character === '*') return { kind: 'star', next: from + 1 };
  if (character === '?') return { kind: 'one', next: from + 1, takes: () => true };
  if (character === '[') return setAt(pattern, from + 1);
  const at = character === '\\' && from + 1 < pattern.length ? from + 1 : from;
  return { kind: 'one', next: at + 1, takes: (one) => one === pattern[at] };
}

/** One that is not closed goes on to the end. */
function setAt(pattern: string, from: number): Part {
  const isInverted = pattern[from] === '^';
  const ranges: [string, string][] = [];
  let at = isInverted ? from + 1 : from;
  for (; at < pattern.length && pattern[at] !== ']'; at++) {
    if (pattern[at] === '\\' && at + 1 < pattern.length) at++;
    else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      ranges.push(inOrder(pattern[at]!, pattern[at + 2]!));
      at += 2;
      continue;
    }
    ranges.push([pattern[at]!, pattern[at]!]);
  }
  const takes = (one: string): boolean => ranges.some(([low, high]) => one >= low && one <= high);
  const next = Math.min(at + 1, pattern.length);
  return { kind: 'one', next, takes: (one) => takes(one) !== isInverted };
}

function inOrder(a: string, b: string): [string, string] {
  return a <= b ? [a, b] : [b, a];
}
