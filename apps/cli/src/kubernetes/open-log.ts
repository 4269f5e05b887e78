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

/**
 * The API server, or the kubelet behind it, does not give the log; status 0: it was not reached, 200: it said so in
 * place of the log.
 */
export class LogError extends Error {
  readonly code = 'LOG';
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = 'LogError';
    this.status = status;
  }

  get isInsteadOfLog(): boolean {
    return this.status === 200;
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
  const answer = await answerTo(url, options);
  if (answer.statusCode === 200) return answer;
  throw new LogError(messageIn(await text(answer)), answer.statusCode ?? 0);
}

async function answerTo(url: URL, options: https.RequestOptions): Promise<IncomingMessage> {
  const { get } = url.protocol === 'https:' ? https : http;
  const request = get(url, options);
  try {
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    // From here on it is the body that breaks off.
    request.on('error', () => undefined);
    return answer;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new LogError((error as Error).message, 0);
  }
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body.trim();
  }
}
