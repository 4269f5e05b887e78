/** Markdown tables. Pure. */
import type { Spread } from './figures.ts';

/** The first columns are names, the others figures, which are aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  names = 2,
): string[] {
  const rule = head.map((_, at) => (at < names ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

export function writtenSpread(value: Spread | null, digits: number): string {
  if (value === null) return '–';
  const { median, min, max } = value;
  if (min === max) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
