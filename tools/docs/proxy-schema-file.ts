import { proxyFileSchema } from './app-tables.ts';

/** What editors take for the proxy's configuration file; `keyfleet-proxy --schema` prints the same. */
export function proxySchemaFile(): string {
  return `${JSON.stringify(proxyFileSchema(), null, 2)}\n`;
}
