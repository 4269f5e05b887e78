/**
 * Glob patterns as Redis reads them (util.c `stringmatchlen`): `*`, `?`, `[a-c]`, `[^a]`, `\` before what is meant as it
 * is. Goes back to the last star only, so the time is at most the product of both lengths.
 */
export function globMatch(pattern: string, text: string): boolean {
  // Not even a star matches nothing, if there was nothing from the start.
  if (text === '') return pattern === '';
  let p = 0;
  let t = 0;
  let starAt = -1;
  let textAtStar = 0;
  while (t < text.length || p < pattern.length) {
    if (pattern[p] === '*') {
      starAt = p++;
      textAtStar = t;
      continue;
    }
    const next = t < text.length && p < pattern.length ? matchOne(pattern, p, text[t]!) : -1;
    if (next > 0) {
      p = next;
      t++;
    } else if (starAt === -1 || textAtStar >= text.length) return false;
    else {
      p = starAt + 1;
      t = ++textAtStar;
    }
  }
  return true;
}

/** The position behind the element at `p`, or -1: it does not match `character`. */
function matchOne(pattern: string, p: number, character: string): number {
  if (pattern[p] === '?') return p + 1;
  if (pattern[p] === '[') return matchClass(pattern, p + 1, character);
  const isEscape = pattern[p] === '\\' && p + 1 < pattern.length;
  const at = isEscape ? p + 1 : p;
  return pattern[at] === character ? at + 1 : -1;
}

/** A class that is not closed ends with the pattern. */
function matchClass(pattern: string, start: number, character: string): number {
  const isNegated = pattern[start] === '^';
  let at = isNegated ? start + 1 : start;
  let isIn = false;
  while (at < pattern.length && pattern[at] !== ']') {
    const range = rangeAt(pattern, at);
    isIn ||= range.low <= character && character <= range.high;
    at = range.next;
  }
  return isIn === isNegated ? -1 : Math.min(at + 1, pattern.length);
}

type Range = { readonly low: string; readonly high: string; readonly next: number };

/** `\]`, `a`, or `a-c`, which may stand the other way round. */
function rangeAt(pattern: string, at: number): Range {
  const first = pattern[at]!;
  if (first === '\\' && at + 1 < pattern.length) {
    const escaped = pattern[at + 1]!;
    return { low: escaped, high: escaped, next: at + 2 };
  }
  if (pattern[at + 1] !== '-' || at + 2 >= pattern.length)
    return { low: first, high: first, next: at + 1 };
  const last = pattern[at + 2]!;
  return first <= last
    ? { low: first, high: last, next: at + 3 }
    : { low: last, high: first, next: at + 3 };
}
