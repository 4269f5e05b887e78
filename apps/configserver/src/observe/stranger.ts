import { parseServerConfigName } from '@keyfleet/lifecycle';

export type Owner = { readonly cluster: string; readonly node: string };

/**
 * An address may be given to another server: a pod's to the next pod. A server's configuration file says whose it is;
 * one whose file has another name (started by hand) is taken at its address's word. Null: nobody else answers.
 */
export function strangerAt(configFile: string, { cluster, node }: Owner): string | null {
  const name = configFile.slice(configFile.lastIndexOf('/') + 1);
  const found = parseServerConfigName(name);
  if (!found || (found.clusterId === cluster && found.nodeId === node)) return null;
  return `another server answers here: ${found.nodeId} of ${found.clusterId}`;
}
