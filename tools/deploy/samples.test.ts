import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifest, type Manifest } from '@keyfleet/lifecycle';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { appImages } from '../image/app-images.ts';

const repository = join(import.meta.dirname, '../..');

function sample(name: string): string {
  return readFileSync(join(repository, 'deploy/samples', `${name}.yaml`), 'utf8');
}

describe('of the samples', () => {
  it('the minimal one has three lines of spec at most', () => {
    expect(Object.keys((parse(sample('minimal')) as Manifest).spec).length).toBeLessThanOrEqual(3);
    expect(parseManifest(parse(sample('minimal'))).spec).toMatchObject({ shards: 3 });
  });

  it('the production one decides where data lies and what a lost host costs', () => {
    expect(parseManifest(parse(sample('production'))).spec).toMatchObject({
      storage: { retention: { whenDeleted: 'Retain' } },
      scheduling: { antiAffinity: { host: 'required' } },
    });
  });

  it('the proxy before a Redis Cluster runs our image of this version', () => {
    const texts = parseAllDocuments(sample('redis-cluster-proxy')).map((one) => one.toString());
    const proxy = appImages(repository).find(({ app }) => app === 'proxy');
    expect(texts.join('\n')).toContain(`image: ${proxy?.reference}`);
  });
});
