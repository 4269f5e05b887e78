import { join } from 'node:path';
import { CommandError, outputIfAny } from '../image/run-command.ts';

/** Where bootstrap.sh puts it. */
const OWN_HELM = 'node_modules/.cache/keyfleet/helm/bin/helm';

/** The Helm in PATH, else the one that bootstrap.sh got. */
export function helmIfAny(repository: string): string | undefined {
  return ['helm', join(repository, OWN_HELM)].find(
    (file) => outputIfAny(file, ['version', '--short']) !== undefined,
  );
}

/** Throws CommandError when there is none. */
export function findHelm(repository: string): string {
  const found = helmIfAny(repository);
  if (found !== undefined) return found;
  throw new CommandError(
    'Cannot find helm: want it from sh tools/bootstrap/bootstrap.sh --deploy, or version 3.14 or newer in PATH (https://helm.sh/docs/intro/install)',
  );
}
