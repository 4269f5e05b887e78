import { CommandError } from '../image/run-command.ts';

/** How images get from this machine to the nodes of a cluster. */
export type Destination =
  { readonly by: 'kind'; readonly cluster: string } | { readonly by: 'push' };

/** Throws CommandError when the nodes of that cluster could not get our images. */
export function destinationOf(context: string, registry: string): Destination {
  const [, cluster] = /^kind-(.+)$/.exec(context) ?? [];
  if (cluster !== undefined) return { by: 'kind', cluster };
  if (registry !== '') return { by: 'push' };
  const want =
    'want IMAGE_REGISTRY, a registry that its nodes can pull from, or the context of a kind cluster';
  throw new CommandError(`Cannot deploy to ${context}: it is no kind cluster, ${want}`);
}
