/** The log of a container as it comes. (The library's own call ends the process when an idle log is cut off.) */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ContainerLog } from './container-log.ts';

export type LogRequest = {
  readonly follow?: boolean;
  readonly previous?: boolean;
  /** Without: the whole log. */
  readonly tailLines?: number;
  /** RFC 3339; the kubelet goes by the second. */
  readonly sinceTime?: string;
};

/** The API server, or the kubelet behind it, does not give the log. */
export class LogError extends Error {
  readonly code = 'LOG';
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = 'LogError';
    this.status = status;
  }

  /** We may not read logs; otherwise it is this container that has none, or has none any more. */
  get isForbidden(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** Each line begins with its time, which is how a log is taken up again where it broke off. Throws LogError. */
export async function openLog(
  config: KubeConfig,
  { namespace, pod, container }: ContainerLog,
  request: LogRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(config.getCurrentCluster()!.server);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  const query = Object.entries({ container, timestamps: true, ...request });
  for (const [name, value] of query) url.searchParams.set(name, String(value));

  const options: https.RequestOptions = { signal };
  await config.applyToHTTPSOptions(options);
  const { get } = url.protocol === 'https:' ? https : http;
  const [answer] = (await once(get(url, options), 'response')) as [IncomingMessage];
  if (answer.statusCode === 200) return answer;
  throw new LogError(messageIn(await text(answer)), answer.statusCode ?? 0);
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body.trim();
  }
}
