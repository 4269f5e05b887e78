import { describe, expect, it } from 'vitest';
import { upgradeArguments } from './upgrade-arguments.ts';

const inputs = { context: 'kind-a', registry: '', valuesFile: '', imageIds: {} };

describe('the installation', () => {
  it('goes to the context that got the images', () => {
    const args = upgradeArguments(inputs);
    expect(args).toContain('kind-a');
    expect(args).not.toContain('--set-string');
    expect(args).not.toContain('--values');
  });

  it('takes the images from the registry that they were pushed to', () => {
    const args = upgradeArguments({ ...inputs, registry: 'ghcr.io/acme' });
    expect(args).toContain('image.registry=ghcr.io/acme');
  });

  it('tells builds of one version apart', () => {
    const args = upgradeArguments({ ...inputs, imageIds: { configserver: 'sha256:1', cli: 'x' } });
    expect(args).toContain('configserver.podAnnotations.keyfleet\\.dev/image-id=sha256:1');
    expect(args.filter((arg) => arg === '--set-string')).toHaveLength(1);
  });

  it("takes a file of the user's values", () => {
    const args = upgradeArguments({ ...inputs, valuesFile: 'my.yaml' });
    expect(args.slice(-2)).toEqual(['--values', 'my.yaml']);
  });
});
