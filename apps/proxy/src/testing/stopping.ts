import { afterEach } from 'vitest';

type Stopped = { stop(): Promise<void> };

/** For a test file: what is given to it stops when the test is over, behind what the file itself ends then. */
export function useStopping(): <T extends Stopped>(it: T) => T {
  const started: Stopped[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((each) => each.stop()));
  });
  return (it) => {
    started.push(it);
    return it;
  };
}
