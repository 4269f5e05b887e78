import { adminHost, type ClusterSettings } from '../settings.ts';
import type { ListenerConfig, ProxyConfig } from './proxy-config.ts';

/** For people: what a configuration means. */
export function configSummary({ process, listeners, clusters }: ProxyConfig): string {
  const rows: [string, string][] = [
    ...listeners.map((of): [string, string] => [addressText(of), targetText(of)]),
    [addressText({ bind: adminHost(process), port: process.adminPort }), 'admin'],
    ...[...clusters.values()].map((of): [string, string] => [of.cluster, upstreamText(of)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, what]) => `  ${name.padEnd(width)}  ${what}\n`);
  const counts = [counted(listeners.length, 'listener'), counted(clusters.size, 'cluster')];
  return `ok: ${counts.join(', ')}\n${lines.join('')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function addressText({ bind, port }: { bind: string; port: number }): string {
  return `${bind.includes(':') ? `[${bind}]` : bind}:${port}`;
}

function targetText(listener: ListenerConfig): string {
  if ('cluster' in listener) return `→ ${listener.cluster}`;
  return listener.users.map(({ name, cluster }) => `${name} → ${cluster}`).join(', ');
}

function upstreamText({ upstream, configserver, seeds }: ClusterSettings): string {
  return `${upstream} ${(upstream === 'topology' ? configserver : seeds).join(', ')}`;
}
