import type { EnvoyNode } from './envoy-node.ts';

/** What an extension is configured with. */
export function typedConfig(extension: EnvoyNode): EnvoyNode {
  return openConfig(extension.at('typed_config'));
}

/** Also where it is wrapped into a struct. */
export function openConfig(config: EnvoyNode): EnvoyNode {
  if (!/Struct$/.test(config.at('@type').text() ?? '')) return config;
  config.done('type_url');
  return config.at('value');
}

/** Of `type.googleapis.com/envoy.….v3.RedisProxy`, or by the name of the extension. */
export function isOfType(extension: EnvoyNode, message: string, names: readonly string[]): boolean {
  const config = extension.at('typed_config');
  const type = config.at('type_url').text() ?? config.at('@type').text() ?? '';
  const name = extension.at('name').text() ?? '';
  return type.endsWith(`.${message}`) || names.includes(name);
}
