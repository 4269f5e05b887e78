import { adminHost } from '../settings.ts';
import { refuse, type ConfigSource } from './config-source.ts';
import type { ListenerAddress, ListenerConfig, ProxyConfig } from './proxy-config.ts';

/** What is wrong only when the parts are seen together. */
export function checkConfig(source: ConfigSource, config: ProxyConfig): void {
  checkAddresses(source, config);
  checkAdvertised(source, config);
  checkUse(source, config);
}

/** Every port is listened at once. */
function checkAddresses(source: ConfigSource, { process, listeners }: ProxyConfig): void {
  const admin = { bind: adminHost(process), port: process.adminPort, name: 'the admin port' };
  const taken: (ListenerAddress & { name: string })[] = [admin];
  for (const [at, listener] of listeners.entries()) {
    const other = taken.find((one) => isSameAddress(one, listener));
    if (other !== undefined) {
      const what = `want a port of its own, got ${listener.port}, which is that of ${other.name}`;
      if (source.file['listeners'] === undefined) source.mistakes.add('--port', what);
      else refuse(source, ['listeners', at, 'port'], what);
    }
    taken.push({ ...listener, name: `listeners[${at}]` });
  }
}

/** Port 0 is any that is free; one that could not be read is none. */
function isSameAddress(a: ListenerAddress, b: ListenerAddress): boolean {
  return a.port > 0 && a.port === b.port && (a.bind === b.bind || isAny(a) || isAny(b));
}

function isAny({ bind }: ListenerAddress): boolean {
  return bind === '0.0.0.0' || bind === '::';
}

/** A configserver is told where the proxy is; an address that stands for all of this machine's means nothing to it. */
function checkAdvertised(
  source: ConfigSource,
  { process, listeners, clusters }: ProxyConfig,
): void {
  const isTold = (name: string): boolean => clusters.get(name)?.upstream === 'topology';
  const told = listeners.filter((listener) => clustersOf(listener).some(isTold));
  if (process.advertiseHost !== '' || told.length === 0) return;
  const any = [process, ...told].find(isAny);
  if (any !== undefined)
    source.mistakes.add('--advertise-host', `is required where bind is ${any.bind}`);
}

/** A cluster that nobody reaches would be connected to for nothing. */
function checkUse(source: ConfigSource, { listeners, clusters }: ProxyConfig): void {
  if (source.file['clusters'] === undefined || listeners.length === 0) return;
  const used = new Set(listeners.flatMap(clustersOf));
  for (const name of clusters.keys()) {
    if (!used.has(name)) refuse(source, ['clusters', name], 'want a listener that leads to it');
  }
}

function clustersOf(listener: ListenerConfig): string[] {
  return 'users' in listener ? listener.users.map(({ cluster }) => cluster) : [listener.cluster];
}
