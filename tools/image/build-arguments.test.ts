import { describe, expect, it } from 'vitest';
import { buildArguments } from './build-arguments.ts';

const image = {
  app: 'proxy',
  reference: 'keyfleet/proxy:1.2.3',
  version: '1.2.3',
  description: 'Routes.',
  ports: [7480, 9901],
};
const origin = { nodeImage: '', revision: '', source: '' };

describe('an image', () => {
  it('is built of the bundle, without a network', () => {
    const args = buildArguments(image, origin);
    expect(args.slice(0, 4)).toEqual([
      'build',
      '--network=none',
      '--file=deploy/docker/Dockerfile',
      '--tag=keyfleet/proxy:1.2.3',
    ]);
    expect(args.at(-1)).toBe('apps/proxy/dist');
  });

  it('says what it is and where it comes from', () => {
    const args = buildArguments(image, { ...origin, revision: 'abc', source: 'https://x.y/z' });
    expect(args.filter((arg) => arg.startsWith('--label='))).toEqual([
      '--label=org.opencontainers.image.title=keyfleet-proxy',
      '--label=org.opencontainers.image.description=Routes.',
      '--label=org.opencontainers.image.licenses=Apache-2.0',
      '--label=org.opencontainers.image.version=1.2.3',
      '--label=org.opencontainers.image.revision=abc',
      '--label=org.opencontainers.image.source=https://x.y/z',
    ]);
  });

  it('says nothing of what is not known', () => {
    const args = buildArguments({ ...image, description: '', ports: [] }, origin);
    expect(args.filter((arg) => arg.endsWith('='))).toEqual([]);
    expect(args.join(' ')).not.toMatch(/NODE_IMAGE|PORTS|description|revision|source/);
  });

  it('stands on the Node.js that is asked for', () => {
    const args = buildArguments(image, { ...origin, nodeImage: 'local/node:26' });
    expect(args).toContain('--build-arg=NODE_IMAGE=local/node:26');
    expect(args).toContain('--build-arg=PORTS=7480 9901');
  });
});
