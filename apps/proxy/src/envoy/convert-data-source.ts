import type { EnvoyNode } from './envoy-node.ts';

/** Where something secret is. */
export type Secret = { readonly text: string } | { readonly file: string };

/** Null: there is none. */
export function convertDataSource(source: EnvoyNode): Secret | null {
  const inline = source.at('inline_string').text();
  if (inline !== undefined) return { text: inline };
  const bytes = source.at('inline_bytes').text();
  if (bytes !== undefined) return { text: Buffer.from(bytes, 'base64').toString() };
  const file = source.at('filename').text();
  if (file !== undefined) return { file };
  const variable = source.at('environment_variable');
  const name = variable.text();
  if (name === undefined) return null;
  variable.note(`becomes the file /run/secrets/${name}: write the value there`);
  return { file: `/run/secrets/${name}` };
}
