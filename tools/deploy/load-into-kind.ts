/**
 * Images into the nodes of a kind cluster, which are containers with a containerd in them. `kind load` does it too, but
 * then everybody needs the binary, and it looks for what is there with a tool that not every node image has.
 */
import { outputOf, runCommand } from '../image/run-command.ts';

export type BuiltImage = {
  readonly reference: string;
  readonly id: string;
};

/** Prints all that a node knows of the images: their digest, and their manifest, which names the image's id. */
const SHOW_IMAGES = `for name; do
  found=$(ctr -n k8s.io images ls "name==$name" | tail -n +2)
  echo "$found"
  set -- $found
  [ -z "$3" ] || ctr -n k8s.io content get "$3"
done`;
const SEND_IMAGES = 'docker save "$@" | docker exec -i "$0" ctr -n k8s.io images import -';

export function loadIntoKind(cluster: string, images: readonly BuiltImage[]): void {
  const names = images.map(({ reference }) => qualifiedName(reference));
  for (const node of nodesOf(cluster)) {
    const known = outputOf('docker', ['exec', node, 'sh', '-c', SHOW_IMAGES, 'sh', ...names]);
    const missing = images.filter(({ id }) => !known.includes(id));
    if (missing.length === 0) continue;
    const references = missing.map(({ reference }) => reference);
    console.log(`${node}  gets ${references.join(', ')}`);
    runCommand('sh', ['-c', SEND_IMAGES, node, ...references]);
  }
}

/** As containerd calls what Docker calls `keyfleet/proxy:0.1.0`. */
export function qualifiedName(reference: string): string {
  const [first] = reference.split('/', 1);
  return /[.:]|^localhost$/.test(first!) ? reference : `docker.io/${reference}`;
}

/** A cluster with several control planes also has a load balancer, which is no node. */
function nodesOf(cluster: string): string[] {
  const ofCluster = `label=io.x-k8s.kind.cluster=${cluster}`;
  const format = '{{.Names}} {{.Label "io.x-k8s.kind.role"}}';
  return outputOf('docker', ['ps', '--filter', ofCluster, '--format', format])
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, role]) => role === 'control-plane' || role === 'worker')
    .map(([name]) => name!);
}
