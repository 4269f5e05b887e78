/** An `ObjectJournal` over HTTP, as the API server would be asked: pods of one namespace, to list, watch, get and delete. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { freeAddress, type Address } from '@keyfleet/testkit';
import type { KubeObject } from '../kube-object.ts';
import { ObjectJournal } from './object-journal.ts';

const discovery = { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] };

export type JournalServer = AsyncDisposable & {
  readonly journal: ObjectJournal;
  readonly address: Address;
};

export async function startJournalServer(): Promise<JournalServer> {
  const journal = new ObjectJournal();
  const address = await freeAddress();
  const server = createServer((request, response) => void answer(journal, request, response));
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return {
    journal,
    address,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** For a server without TLS, which is not looked for in files. */
export function configOf({ host, port }: Address): KubeConfig {
  const config = new KubeConfig();
  const cluster = { name: 'test', server: `http://${host}:${port}`, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: 'test' });
  return config;
}

async function answer(
  journal: ObjectJournal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, 'http://test');
  const name = /\/pods\/(.+)$/.exec(pathname)?.[1];
  if (!pathname.includes('/pods')) end(response, 200, discovery);
  else if (name !== undefined) answerAbout(journal, name, response);
  else if (searchParams.has('watch')) {
    await stream(journal, searchParams.get('resourceVersion')!, response);
  } else end(response, 200, await listOf(journal));
}

function answerAbout(journal: ObjectJournal, name: string, response: ServerResponse): void {
  const found = journal.all.find(({ metadata }) => metadata.name === name);
  const reason = 'NotFound';
  end(response, found ? 200 : 404, found ?? { kind: 'Status', reason, message: 'not found' });
}

async function listOf(journal: ObjectJournal): Promise<object> {
  const items: KubeObject[] = [];
  let version = '';
  for await (const page of journal.pages()) {
    items.push(...page.items);
    version = page.resourceVersion;
  }
  return { metadata: { resourceVersion: version }, items };
}

async function stream(
  journal: ObjectJournal,
  resourceVersion: string,
  response: ServerResponse,
): Promise<void> {
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  response.writeHead(200).flushHeaders();
  const options = { resourceVersion, timeoutSeconds: 600, signal: closed.signal };
  try {
    for await (const event of journal.watch(undefined, options)) {
      response.write(`${JSON.stringify(event)}\n`);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status).end(JSON.stringify(body));
}
