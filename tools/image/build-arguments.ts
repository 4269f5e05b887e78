import type { AppImage } from './app-images.ts';

export type BuildInputs = {
  readonly image: AppImage;
  /** Empty: the Dockerfile's own choice. */
  readonly nodeImage: string;
  readonly revision: string;
  readonly source: string;
};

/** What `docker` is called with, in the root of the repository. */
export function buildArguments({ image, nodeImage, revision, source }: BuildInputs): string[] {
  const values = {
    ...(nodeImage !== '' && { NODE_IMAGE: nodeImage }),
    APP: image.app,
    DESCRIPTION: image.description,
    VERSION: image.version,
    REVISION: revision,
    SOURCE: source,
    PORTS: image.ports.join(' '),
  };
  return [
    'build',
    '--network=none',
    `--file=deploy/docker/Dockerfile`,
    `--tag=${image.reference}`,
    ...Object.entries(values).map(([name, value]) => `--build-arg=${name}=${value}`),
    `apps/${image.app}/dist`,
  ];
}
