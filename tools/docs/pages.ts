import { apiPage } from './api-page.ts';
import { commandsPage } from './commands-page.ts';
import { configPage } from './config-page.ts';
import { crdFile } from './crd-file.ts';
import { proxySchemaFile } from './proxy-schema-file.ts';
import { storePage } from './store-page.ts';

/** The generated reference: a file's path in the repository, and what makes its text. */
export const pages: Readonly<Record<string, () => string>> = {
  'deploy/crd/redisclusters.yaml': crdFile,
  'deploy/schema/keyfleet-proxy.schema.json': proxySchemaFile,
  'docs/commands.md': commandsPage,
  'docs/generated/api.md': apiPage,
  'docs/generated/config.md': configPage,
  'docs/generated/store-keys.md': storePage,
};
