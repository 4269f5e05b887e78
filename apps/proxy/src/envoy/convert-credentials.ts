import { convertDataSource } from './convert-data-source.ts';
import type { ClusterFields } from './converted.ts';
import type { EnvoyNode } from './envoy-node.ts';
import { openConfig } from './typed-config.ts';

const FILTERS = ['envoy.filters.network.redis_proxy', 'envoy.redis_proxy'];
/** deploy/samples/proxy has it. */
const TOKEN_PROGRAM = '/etc/keyfleet/iam-token.py';

/** As whom Envoy comes to the servers. */
export function convertCredentials(cluster: EnvoyNode): ClusterFields {
  const protocols = cluster.at('typed_extension_protocol_options');
  const ours = FILTERS.map((name) => protocols.at(name)).find(({ isThere }) => isThere);
  if (ours === undefined) return {};
  const options = openConfig(ours);
  for (const credential of options.at('credentials').items())
    credential.note('is not carried: all servers of a cluster have the same user and password');
  const user = convertUser(options.at('auth_username'));
  const iam = options.at('aws_iam');
  const password = options.at('auth_password');
  if (!iam.isThere) return { upstreamUser: user, ...convertPassword(password) };
  // Envoy says the same.
  password.done();
  return { upstreamUser: user, upstreamPasswordCommand: convertIam(iam, user ?? 'default') };
}

function convertUser(username: EnvoyNode): string | undefined {
  const user = convertDataSource(username);
  if (user === null || 'text' in user) return user?.text;
  username.note(`is not carried: write what is in ${user.file} into upstreamUser`);
  return undefined;
}

function convertPassword(password: EnvoyNode): ClusterFields {
  const secret = convertDataSource(password);
  if (secret === null) return {};
  return 'text' in secret
    ? { upstreamPassword: secret.text }
    : { upstreamPasswordFile: secret.file };
}

function convertIam(iam: EnvoyNode, user: string): string {
  const service = iam.at('service_name').text() ?? 'elasticache';
  const cache = iam.at('cache_name').text() ?? '';
  const region = iam.at('region').text();
  // A token is good for 15 minutes, and a new one is made before that.
  iam.done('expiration_time');
  iam
    .at('credential_provider')
    .note(`is not carried: ${TOKEN_PROGRAM} finds credentials as AWS programs do`);
  iam.remark(
    `becomes upstreamPasswordCommand: put deploy/samples/proxy/iam-token.py at ${TOKEN_PROGRAM}`,
  );
  return [
    'python3',
    TOKEN_PROGRAM,
    service,
    cache,
    user,
    ...(region === undefined ? [] : [region]),
  ].join(' ');
}
