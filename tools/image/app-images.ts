/** Which images there are: an app has one when its package.json has the target `image`. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export type AppImage = {
  /** `proxy` for apps/proxy. */
  readonly app: string;
  /** `keyfleet/proxy:0.1.0`, behind the registry if there is one. */
  readonly reference: string;
  readonly version: string;
  readonly description: string;
  readonly ports: readonly number[];
};

type Package = {
  version: string;
  nx?: { targets?: { image?: { metadata?: { description?: string; ports?: number[] } } } };
};

export function appImages(repository: string, registry = ''): AppImage[] {
  const { version } = readPackage(join(repository, 'package.json'));
  return globSync('apps/*/package.json', { cwd: repository })
    .sort()
    .flatMap((file) => {
      const image = readPackage(join(repository, file)).nx?.targets?.image;
      if (image === undefined) return [];
      const app = basename(dirname(file));
      const reference = [registry, 'keyfleet', `${app}:${version}`].filter(Boolean).join('/');
      const { description = '', ports = [] } = image.metadata ?? {};
      return [{ app, reference, version, description, ports }];
    });
}

function readPackage(file: string): Package {
  return JSON.parse(readFileSync(file, 'utf8')) as Package;
}
