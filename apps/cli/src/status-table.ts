import type { NodeStatus } from '@keyfleet/api';
import type { ShownCluster } from './shown-cluster.ts';

/** One cluster for people; `--json` is for programs. */
export function statusTable({ name, status, unknown }: ShownCluster): string {
  const { phase, topologyVersion, shards, proxies } = status;
  if (unknown) return `${name}   ${unknown.phase}   ${unknown.because}`;
  const nodes = shards.flatMap(({ id, slots, primary, replicas }) => [
    primary ? [id, slots, ...nodeCells(primary)] : [id, slots, '-', '-', 'no primary', '', ''],
    ...replicas.map((replica) => ['', '', ...nodeCells(replica)]),
  ]);
  const troubles = shards.flatMap(({ id, because }) =>
    because === null ? [] : `${id}: ${because}`,
  );
  const sections = [
    `${name}   ${phase}   topology version ${topologyVersion}`,
    table(['SHARD', 'SLOTS', 'NODE', 'ADDRESS', 'STATE', 'LAG', 'PID'], nodes),
    table(
      ['PROXY', 'ADDRESS', 'TOPOLOGY', 'PID'],
      proxies.map((proxy) => [
        proxy.id,
        proxy.address,
        String(proxy.topologyVersion),
        String(proxy.pid),
      ]),
    ),
    ...(troubles.length > 0 ? [troubles.join('\n')] : []),
  ];
  return sections.join('\n\n');
}

function nodeCells({ id, address, state, lagBytes, pid }: NodeStatus): string[] {
  const lag = state === 'primary' || lagBytes === null ? '' : bytes(lagBytes);
  return [id, address, state, lag, pid === null ? '' : String(pid)];
}

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = count === 0 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), units.length - 1);
  const value = count / 2 ** (10 * power);
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[power]!}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
