import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { appImages } from './app-images.ts';

const files = {
  'package.json': { version: '1.2.3' },
  'apps/proxy/package.json': {
    version: '0.0.0',
    nx: { targets: { image: { metadata: { description: 'Routes.', ports: [7480, 9901] } } } },
  },
  'apps/cli/package.json': { nx: { targets: { image: {} } } },
  'apps/e2e/package.json': { nx: { targets: { test: {} } } },
  'apps/bare/package.json': {},
};

async function imagesOf(registry?: string) {
  await using repository = await temporaryDirectory();
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(repository.path, file)), { recursive: true });
    await writeFile(join(repository.path, file), JSON.stringify(content));
  }
  return appImages(repository.path, registry);
}

describe('the images', () => {
  it('are those of the apps with the target image, with the version of the whole', async () => {
    expect(await imagesOf()).toEqual([
      {
        app: 'cli',
        reference: 'keyfleet/cli:1.2.3',
        version: '1.2.3',
        description: '',
        ports: [],
      },
      {
        app: 'proxy',
        reference: 'keyfleet/proxy:1.2.3',
        version: '1.2.3',
        description: 'Routes.',
        ports: [7480, 9901],
      },
    ]);
  });

  it('are named after the registry that they go to', async () => {
    const images = await imagesOf('127.0.0.1:5000/acme');
    expect(images.map(({ reference }) => reference)).toEqual([
      '127.0.0.1:5000/acme/keyfleet/cli:1.2.3',
      '127.0.0.1:5000/acme/keyfleet/proxy:1.2.3',
    ]);
  });
});
