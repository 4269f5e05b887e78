/** The shortest list that still shows it, by leaving out ever smaller parts. Pure but for the question. */
export async function shrink<T>(
  items: readonly T[],
  showsIt: (items: readonly T[]) => Promise<boolean>,
  triesMax: number,
): Promise<readonly T[]> {
  let kept = items;
  let tries = 0;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < kept.length && tries < triesMax;) {
      const fewer = kept.toSpliced(at, size);
      tries++;
      if (fewer.length > 0 && (await showsIt(fewer))) kept = fewer;
      else at += size;
    }
  }
  return kept;
}
