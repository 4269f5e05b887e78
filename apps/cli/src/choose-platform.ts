/** Whether a command means the platform of a data directory or one on Kubernetes. */
import { environmentName, flagName } from '@keyfleet/runtime';

export type PlatformChoice = {
  readonly kind: 'local' | 'kubernetes';
  /** What was said and cannot go together, one line each. */
  readonly mistakes: readonly string[];
};

type Values = Readonly<Record<string, unknown>>;
type Source = { readonly has: (key: string) => boolean; readonly nameOf: (key: string) => string };

/** Each says where a platform on Kubernetes is. */
const places = ['context', 'namespace', 'kubeconfig'];
/** The others make no sense on one machine. */
const kubernetesFlags = [...places, 'installNamespace', 'allNamespaces', 'previous'];

const exclusive = [
  ['allNamespaces', 'namespace'],
  ['previous', 'follow'],
] as const;

/** Flags win over the environment, whichever platform either means. */
export function choosePlatform(isPlugin: boolean, flags: Values, env: Values): PlatformChoice {
  const line: Source = {
    has: (key) => flags[key] !== undefined && flags[key] !== false,
    nameOf: flagName,
  };
  const around: Source = {
    has: (key) => env[environmentName(key)] !== undefined,
    nameOf: environmentName,
  };
  const choice = isPlugin
    ? ({ kind: 'kubernetes', mistakes: [] } as const)
    : (chooseBy(line, kubernetesFlags) ?? chooseBy(around, places) ?? local);
  return { ...choice, mistakes: [...choice.mistakes, ...exclusiveIn(line)] };
}

const local: PlatformChoice = { kind: 'local', mistakes: [] };

function chooseBy({ has, nameOf }: Source, keys: readonly string[]): PlatformChoice | null {
  const said = keys.filter(has).map(nameOf);
  if (said.length === 0) return has('dataDir') ? local : null;
  const mistakes = has('dataDir')
    ? [`${nameOf('dataDir')}  is for this machine, ${said.join(', ')} for Kubernetes: want one`]
    : [];
  return { kind: 'kubernetes', mistakes };
}

function exclusiveIn({ has, nameOf }: Source): string[] {
  return exclusive
    .filter(([one, other]) => has(one) && has(other))
    .map(([one, other]) => `${nameOf(one)}  cannot go with ${nameOf(other)}: want one`);
}
