import type { Logger } from '@keyfleet/runtime';
import type { ProxyConfig } from '../config/proxy-config.ts';

/** Lines say of which cluster they are where there are several. */
export function clusterLog(log: Logger, { clusters }: ProxyConfig, cluster: string): Logger {
  return clusters.size > 1 ? log.child({ cluster }) : log;
}
