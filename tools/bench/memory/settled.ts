import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
const QUIET_LOOKS = 6;
const LOOKS_MAX = 40;
const SAME_WITHIN = 0.003;

/** What `look` says when it has said about the same for a while, or after ten seconds. */
export async function settled(look: () => number, signal: AbortSignal): Promise<number> {
  let [held, quiet] = [look(), 0];
  for (let looks = 0; looks < LOOKS_MAX && quiet < QUIET_LOOKS; looks++) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
    const now = look();
    const isSame = Math.abs(now - held) <= held * SAME_WITHIN;
    [held, quiet] = isSame ? [held, quiet + 1] : [now, 0];
  }
  return look();
}
