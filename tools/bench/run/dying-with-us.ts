import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/** What to put before a command: no handler of ours runs when the bench is killed; Linux can end its children then. */
export function dyingWithUs(): string[] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL'] : [];
}
