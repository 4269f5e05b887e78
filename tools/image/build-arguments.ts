import type { AppImage } from './app-images.ts';

/** What the image is made of. Empty is unknown. */
export type Origin = {
  /** The image that it stands on; empty: the Dockerfile's own choice. */
  readonly nodeImage: string;
  readonly revision: string;
  readonly source: string;
};

/** What `docker` is called with, in the root of the repository. */
export function buildArguments(image: AppImage, origin: Origin): string[] {
  const values = { NODE_IMAGE: origin.nodeImage, PORTS: image.ports.join(' ') };
  const labels = {
    title: `keyfleet-${image.app}`,
    description: image.description,
    licenses: 'Apache-2.0',
    version: image.version,
    revision: origin.revision,
    source: origin.source,
  };
  return [
    'build',
    '--network=none',
    '--file=deploy/docker/Dockerfile',
    `--tag=${image.reference}`,
    ...known(values).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...known(labels).map(([name, value]) => `--label=org.opencontainers.image.${name}=${value}`),
    `apps/${image.app}/dist`,
  ];
}

function known(texts: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(texts).filter(([, text]) => text !== '');
}
