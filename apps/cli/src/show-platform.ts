/**
 * `status` and `logs` of the platform that a command line means. What is for Kubernetes is loaded when it is meant: its
 * client takes 0.4 s, and a command about this machine does not have to wait for it.
 */
import { choosePlatform } from './choose-platform.ts';
import { localClusters } from './local-clusters.ts';
import { localLogs } from './local-logs.ts';
import { logs } from './logs.ts';
import { readSettings, type Flags } from './option-settings.ts';
import { logsSettings, statusSettings } from './settings.ts';
import { status } from './status.ts';

export type CommandLine<Switches> = {
  /** kubectl runs us: nothing on this machine is meant. */
  readonly isPlugin: boolean;
  readonly flags: Flags & Switches;
  readonly env: Readonly<Flags>;
};

export type StatusSwitches = { readonly json: boolean; readonly allNamespaces: boolean };

export async function showStatus(line: CommandLine<StatusSwitches>): Promise<number> {
  const { isPlugin, flags, env } = line;
  const { kind, mistakes } = choosePlatform(isPlugin, flags, env);
  const settings = readSettings(statusSettings, flags, env, mistakes);
  const shown = { ...settings, json: flags.json };
  if (kind === 'local') {
    const clusters = await localClusters(settings.dataDir);
    return status(clusters, { ...shown, none: 'No cluster yet: it is starting.' });
  }
  const { kubernetesClusters } = await import('./kubernetes/kubernetes-clusters.ts');
  const { clusters, none } = await kubernetesClusters({ ...settings, env }, flags.allNamespaces);
  return status(clusters, { ...shown, none });
}

export type LogsSwitches = { readonly follow: boolean; readonly previous: boolean };

export async function showLogs(
  line: CommandLine<LogsSwitches>,
  component: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { isPlugin, flags, env } = line;
  const { kind, mistakes } = choosePlatform(isPlugin, flags, env);
  const settings = readSettings(logsSettings, flags, env, mistakes);
  const { follow, previous } = flags;
  const wanted = { ...settings, component, follow, previous };
  if (kind === 'local') return logs(localLogs(wanted), signal);
  const { showKubernetesLogs } = await import('./kubernetes/kubernetes-logs.ts');
  return showKubernetesLogs({ ...settings, env }, wanted, signal);
}
