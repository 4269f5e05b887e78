import { once } from 'node:events';
import { connect } from 'node:net';
import type { V1Container } from '@kubernetes/client-node';

const ANSWER_WITHIN_MS = 1_000;

/** A probe over HTTP is asked as it is written; whatever else is ready when its first port takes connections. */
export async function isReady(ip: string, container: V1Container): Promise<boolean> {
  const { ports = [], readinessProbe } = container;
  const http = readinessProbe?.httpGet;
  if (!http) return ports.length === 0 || takesConnections(ip, ports[0]!.containerPort);
  const named = ports.find(({ name }) => name === http.port)?.containerPort;
  const url = `http://${ip}:${named ?? http.port}${http.path ?? '/'}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
    () => undefined,
  );
  return response?.ok === true;
}

async function takesConnections(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: ANSWER_WITHIN_MS });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
