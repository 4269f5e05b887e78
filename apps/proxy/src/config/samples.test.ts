/** What we show must work: every sample of a configuration is read as the proxy would. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFields } from '@keyfleet/runtime';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { fileSchema } from './file-schema.ts';
import { readProxyConfig } from './load-proxy-config.ts';

const samples = join(import.meta.dirname, '../../../../deploy/samples');
const proxySamples = readdirSync(join(samples, 'proxy')).filter((name) => name.endsWith('.yaml'));
const schema = z.fromJSONSchema(fileSchema());

function check(yaml: string, flags: readonly string[] = []): void {
  readProxyConfig({ argv: flags, env: {}, ...parseFields(yaml, { flag: '--config', path: 'it' }) });
  expect(schema.safeParse(parse(yaml)).error?.issues ?? []).toEqual([]);
}

it.each(proxySamples)('proxy/%s', (name) => {
  check(readFileSync(join(samples, 'proxy', name), 'utf8'));
});

it('the guide', () => {
  const guide = readFileSync(join(samples, '../../docs/proxy-configuration.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```yaml\n(.*?)^```/gms)];
  expect(blocks.length).toBeGreaterThan(1);
  for (const [, yaml] of blocks) check(yaml!);
});

it('redis-cluster-proxy.yaml, with the flags that its pods have', () => {
  const text = readFileSync(join(samples, 'redis-cluster-proxy.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((one) => one.toJS() as KubernetesObject);
  const config = objects.find(({ kind }) => kind === 'ConfigMap')!.data!['config.yaml']!;
  const [container] = objects.find(({ kind }) => kind === 'Deployment')!.spec!.template.spec
    .containers;
  check(
    config,
    container.args.filter((flag) => !flag.startsWith('--config=')),
  );
});

type KubernetesObject = {
  kind: string;
  data?: Record<string, string>;
  spec?: { template: { spec: { containers: [{ args: string[] }] } } };
};
