import { freeAddresses, type Address } from './address.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type EtcdOptions = {
  /** Kept when the server is disposed; without it the data is in a temporary directory. */
  readonly dataDir?: string;
};

/** One member that is its own cluster; short elections, so that a restart is quick. */
export async function startEtcd(options: EtcdOptions = {}): Promise<ServerProcess> {
  const [client, peer] = (await freeAddresses(2)) as [Address, Address];
  const directory = options.dataDir === undefined ? await temporaryDirectory() : undefined;
  const clientUrl = urlOf(client);
  const peerUrl = urlOf(peer);
  const own = {
    name: 'test',
    'data-dir': options.dataDir ?? directory?.path ?? '',
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `test=${peerUrl}`,
    'heartbeat-interval': '20',
    'election-timeout': '200',
    'log-level': 'warn',
    logger: 'zap',
  };
  return ServerProcess.start({
    command: 'etcd',
    aptPackage: 'etcd-server',
    args: Object.entries(own).map(([name, value]) => `--${name}=${value}`),
    address: client,
    isReady: isHealthy,
    ...(directory && { owned: directory }),
  });
}

const urlOf = ({ host, port }: Address): string => `http://${host}:${port}`;

async function isHealthy(address: Address): Promise<boolean> {
  const response = await fetch(`${urlOf(address)}/health`, { signal: AbortSignal.timeout(1_000) });
  return ((await response.json()) as { health: string }).health === 'true';
}
