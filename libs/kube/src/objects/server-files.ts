/**
 * What a server's pod mounts: one configuration file per server of the shard, the script of its readiness probe, and
 * the shard's password. All of it is read when the server starts or the probe runs; the kubelet keeps it up to date.
 */
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { serverConfig, serverConfigName, type ClusterSpec } from '@keyfleet/lifecycle';
import { shardPassword } from '@keyfleet/runtime';
import type { ClusterPlace } from './cluster-place.ts';
import { secretOf } from './credentials.ts';
import { clusterId } from './names.ts';
import type { Rendered } from './rendered.ts';
import { shardMetadata } from './shard-metadata.ts';

export const SERVER_PORT = 6379;
export const SERVER_DIR = '/etc/keyfleet/server';
export const SERVER_CREDENTIALS_DIR = '/etc/keyfleet/credentials';
export const DATA_DIR = '/data';
export const READY_SCRIPT = 'ready.sh';

const CREDENTIALS_FILE = 'credentials.conf';
const PASSWORD_FILE = 'password';

/** The same for every server: what differs is on its command line. */
export function podServerConfig(spec: ClusterSpec): string {
  return serverConfig(spec, {
    bind: '* -::*',
    port: SERVER_PORT,
    dataDir: DATA_DIR,
    credentialsFile: `${SERVER_CREDENTIALS_DIR}/${CREDENTIALS_FILE}`,
  });
}

/** `ordinal` may also be what the kubelet replaces by one. */
export function serverConfigFile(place: ClusterPlace, shard: string, ordinal: string): string {
  return serverConfigName(clusterId(place.namespace, place.name), `${shard}-${ordinal}`);
}

export function shardConfigMap(place: ClusterPlace, shard: string): Rendered<V1ConfigMap> {
  const config = podServerConfig(place.spec);
  const files = Array.from({ length: 1 + place.spec.replicasPerShard }, (_, ordinal) => [
    serverConfigFile(place, shard, String(ordinal)),
    config,
  ]);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: shardMetadata(place, shard),
    data: {
      ...(Object.fromEntries(files) as Record<string, string>),
      [READY_SCRIPT]: readyScript(place.spec),
    },
  };
}

export function shardSecret(
  place: ClusterPlace,
  shard: string,
  secret: string,
): Rendered<V1Secret> {
  const password = shardPassword(secret, shard);
  return {
    ...secretOf({
      [CREDENTIALS_FILE]: `requirepass ${password}\nmasterauth ${password}\n`,
      [PASSWORD_FILE]: password,
    }),
    metadata: shardMetadata(place, shard),
  };
}

/** Only asks on loopback: no name has to be resolved, and no network may be slow. */
export function pingCommand({ engine }: ClusterSpec): string[] {
  return [`${engine.flavor}-cli`, '-h', '127.0.0.1', '-p', String(SERVER_PORT), 'ping'];
}

/**
 * Ready is a server that the configserver can work with. Without a role it answers MASTERDOWN to everybody (see
 * `serverConfig`), so to wait for PONG would be to wait for ever. One that is still loading its data is not ready.
 */
function readyScript(spec: ClusterSpec): string {
  return `export REDISCLI_AUTH="$(cat ${SERVER_CREDENTIALS_DIR}/${PASSWORD_FILE})"
reply="$(${pingCommand(spec).join(' ')} 2>&1)"
case "$reply" in
  PONG | MASTERDOWN*) exit 0 ;;
esac
echo "$reply"
exit 1
`;
}
