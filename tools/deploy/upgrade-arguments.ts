export const RELEASE = 'keyfleet';
export const NAMESPACE = 'keyfleet-system';

export type UpgradeInputs = {
  readonly context: string;
  readonly registry: string;
  /** Of the user; empty: none. */
  readonly valuesFile: string;
  /** The image's id of each app. */
  readonly imageIds: Readonly<Record<string, string>>;
};

/** Apps that are pods of the chart; the operator makes the proxies' pods. */
const appsOfChart = ['operator', 'configserver'];

/** What `helm` is called with, in the root of the repository. */
export function upgradeArguments(inputs: UpgradeInputs): string[] {
  const { context, registry, valuesFile, imageIds } = inputs;
  return [
    ...['upgrade', RELEASE, 'deploy/chart', '--install', '--create-namespace'],
    ...['--kube-context', context, '--namespace', NAMESPACE],
    ...['--wait', '--timeout', '10m'],
    ...(registry === '' ? [] : ['--set-string', `image.registry=${registry}`]),
    // The tag is the same after each build of one version: by this the pods of another build are others.
    ...appsOfChart
      .filter((app) => app in imageIds)
      .flatMap((app) => [
        '--set-string',
        `${app}.podAnnotations.keyfleet\\.dev/image-id=${imageIds[app]}`,
      ]),
    ...(valuesFile === '' ? [] : ['--values', valuesFile]),
  ];
}
