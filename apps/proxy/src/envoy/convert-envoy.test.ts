import { parseFields, pathText } from '@keyfleet/runtime';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { convertEnvoy } from './convert-envoy.ts';

/** As in the article that the project answers, and in most of what is found on the web. */
const article = `
admin:
  address:
    socket_address: {address: 0.0.0.0, port_value: 9901}
static_resources:
  listeners:
  - name: redis_listener
    address:
      socket_address:
        address: 0.0.0.0
        port_value: 7480
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: redis_stats
          settings:
            op_timeout: 5s
            enable_redirection: true
            enable_hashtagging: true
          prefix_routes:
            catch_all_route:
              cluster: redis_cluster
  clusters:
  - name: redis_cluster
    connect_timeout: 4s
    dns_lookup_family: V4_ONLY
    lb_policy: CLUSTER_PROVIDED
    load_assignment:
      cluster_name: redis_cluster
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: {address: orders.abc.clustercfg.use1.cache.amazonaws.com, port_value: 6379}
    cluster_type:
      name: envoy.clusters.redis
      typed_config:
        "@type": type.googleapis.com/google.protobuf.Struct
        value:
          cluster_refresh_rate: 10s
          cluster_refresh_timeout: 4s
`;

function convert(yaml: string) {
  const { file, notes } = convertEnvoy(parseFields(yaml, { flag: '--from-envoy', path: 'x' }).file);
  // As it is written: what is undefined is not there.
  const written = JSON.parse(JSON.stringify(file)) as typeof file;
  return { file: written, notes: notes.map(({ path, what }) => `${pathText(path)}  ${what}`) };
}

type Parts = {
  settings?: object;
  filter?: object;
  cluster?: object;
  root?: object;
  hosts?: number;
};

const socketAddress = (address: string, port: number) => ({
  socket_address: { address, port_value: port },
});

/** The article's, with what a case adds or replaces. */
function bootstrap({ settings, filter, cluster, root, hosts = 1 }: Parts): object {
  const redisProxy = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
    stat_prefix: 'x',
    settings: { op_timeout: '5s', ...settings },
    prefix_routes: { catch_all_route: { cluster: 'orders' } },
    ...filter,
  };
  const lb_endpoints = Array.from({ length: hosts }, (_, at) => ({
    endpoint: { address: socketAddress('10.0.0.1', 6379 + at) },
  }));
  const orders = {
    name: 'orders',
    cluster_type: { name: 'envoy.clusters.redis' },
    load_assignment: { cluster_name: 'orders', endpoints: [{ lb_endpoints }] },
    ...cluster,
  };
  const listener = {
    name: 'l',
    address: socketAddress('127.0.0.1', 7480),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.redis_proxy', typed_config: redisProxy }] },
    ],
  };
  return { static_resources: { listeners: [listener], clusters: [orders] }, ...root };
}

const inline = (text: string) => ({ inline_string: text });

function protocolOptions(options: object): object {
  return {
    typed_extension_protocol_options: {
      'envoy.filters.network.redis_proxy': {
        '@type':
          'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions',
        ...options,
      },
    },
  };
}

function tls(common_tls_context: object, context: object = {}): object {
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    common_tls_context,
    ...context,
  };
  return { transport_socket: { name: 'envoy.transport_sockets.tls', typed_config } };
}

const convertParts = (parts: Parts) => convert(stringify(bootstrap(parts)));
const FILTER = 'static_resources.listeners[0].filter_chains[0].filters[0].typed_config';
const CLUSTER = 'static_resources.clusters[0]';

it("carries the article's configuration without a word", () => {
  expect(convert(article)).toEqual({
    notes: [],
    file: {
      bind: '0.0.0.0',
      adminPort: 9901,
      listeners: [{ port: 7480, cluster: 'redis_cluster' }],
      clusters: {
        redis_cluster: {
          upstream: 'redis-cluster',
          seeds: ['orders.abc.clustercfg.use1.cache.amazonaws.com:6379'],
          refreshMs: 10_000,
          refreshTimeoutMs: 4000,
          connectTimeoutMs: 4000,
          ipFamily: '4',
          opTimeoutMs: 5000,
        },
      },
    },
  });
});

it('leaves the admin port where it is', () => {
  const { file } = convert(
    article.replace('{address: 0.0.0.0, port_value', '{address: 127.0.0.1, port_value'),
  );
  expect(file).toMatchObject({ bind: '0.0.0.0', adminBind: '127.0.0.1', adminPort: 9901 });
  expect(file.listeners).toEqual([{ port: 7480, cluster: 'redis_cluster' }]);
});

it('reads names in camel case, as JSON has them', () => {
  const camelCase = article.replace(/\b[a-z]+(_[a-z]+)+(?=:)/g, (name) =>
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  expect(camelCase).toContain('clusterRefreshRate');
  expect(convert(camelCase)).toEqual(convert(article));
});

describe('of a cluster', () => {
  it.each<[string, Parts, object]>([
    ['one static server', { cluster: { cluster_type: undefined } }, { upstream: 'standalone' }],
    [
      'one server by name, whatever would spread keys',
      { cluster: { cluster_type: undefined, type: 'STRICT_DNS', lb_policy: 'MAGLEV' } },
      { upstream: 'standalone', seeds: ['10.0.0.1:6379'] },
    ],
    ['all seeds', { hosts: 3 }, { seeds: ['10.0.0.1:6379', '10.0.0.1:6380', '10.0.0.1:6381'] }],
    ['parts of seconds', { cluster: { connect_timeout: '0.25s' } }, { connectTimeoutMs: 250 }],
    [
      'durations as fields',
      { settings: { op_timeout: { seconds: 1, nanos: 5_000_000 } } },
      { opTimeoutMs: 1005 },
    ],
    [
      'connections for clients that block',
      { settings: { blocking_command_settings: { max_active_connections_per_host: 64 } } },
      { privateConnectionsMax: 64 },
    ],
    [
      'user and password',
      { cluster: protocolOptions({ auth_username: inline('app'), auth_password: inline('0123') }) },
      { upstreamUser: 'app', upstreamPassword: '0123' },
    ],
    [
      'a password in a file',
      { cluster: protocolOptions({ auth_password: { filename: '/run/p' } }) },
      { upstreamPasswordFile: '/run/p' },
    ],
    [
      'TLS with an authority, whose names Envoy does not look at',
      {
        cluster: tls({ validation_context: { trusted_ca: { filename: '/ca.pem' } } }, { sni: 'x' }),
      },
      {
        upstreamTls: 'on',
        upstreamTlsCaFile: '/ca.pem',
        upstreamTlsVerify: 'chain',
        upstreamTlsServerName: 'x',
      },
    ],
    [
      'a certificate of its own',
      {
        cluster: tls({
          validation_context: { trusted_ca: { filename: '/ca.pem' } },
          tls_certificates: [
            { certificate_chain: { filename: '/c.pem' }, private_key: { filename: '/k.pem' } },
          ],
        }),
      },
      { upstreamTlsCertFile: '/c.pem', upstreamTlsKeyFile: '/k.pem' },
    ],
    [
      'that there is no TLS',
      { cluster: { transport_socket: { name: 'envoy.transport_sockets.raw_buffer' } } },
      { upstreamTls: 'off' },
    ],
    ['reads', { settings: { read_policy: 'PREFER_REPLICA' } }, { reads: 'replica' }],
    ['reads of any server', { settings: { read_policy: 'ANY' } }, { reads: 'any' }],
  ])('it carries %s', (_name, parts, want) => {
    const { file, notes } = convertParts(parts);
    expect(file.clusters['orders']).toMatchObject(want);
    expect(notes).toEqual([]);
  });

  it('carries the zone to those that read what is near', () => {
    const node = { id: 'envoy-0', locality: { zone: 'us-east-1a' } };
    const zoneOf = (read_policy: string) =>
      convertParts({ root: { node }, settings: { read_policy } }).file.zone;
    expect(zoneOf('LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY')).toBe('us-east-1a');
    expect(zoneOf('MASTER')).toBeUndefined();
  });

  it('makes two where two ports use it in different ways, one where they do not', () => {
    const one = bootstrap({}) as {
      static_resources: { listeners: unknown[]; clusters: unknown[] };
    };
    const [listener] = one.static_resources.listeners;
    const other = (bootstrap({ settings: { read_policy: 'REPLICA' } }) as typeof one)
      .static_resources.listeners[0];
    one.static_resources.listeners = [listener, other, listener];
    const { file } = convert(stringify(one, { aliasDuplicateObjects: false }));
    expect(file.listeners.map(({ cluster }) => cluster)).toEqual(['orders', 'orders-2', 'orders']);
    expect(file.clusters['orders-2']).toMatchObject({ reads: 'replica', seeds: ['10.0.0.1:6379'] });
  });
});

it('has tokens of AWS made by a program', () => {
  const aws_iam = { cache_name: 'orders', service_name: 'memorydb', region: 'us-east-1' };
  const options = protocolOptions({ auth_username: inline('app'), aws_iam });
  const { file, notes } = convertParts({ cluster: options });
  expect(file.clusters['orders']).toMatchObject({
    upstreamUser: 'app',
    upstreamPasswordCommand: 'python3 /etc/keyfleet/iam-token.py memorydb orders app us-east-1',
  });
  expect(notes).toEqual([
    `${CLUSTER}.typed_extension_protocol_options.envoy.filters.network.redis_proxy.aws_iam  becomes upstreamPasswordCommand: put deploy/samples/proxy/iam-token.py at /etc/keyfleet/iam-token.py`,
  ]);
});

describe('who may log in', () => {
  it.each<[string, object, object[] | undefined]>([
    ['everybody', {}, undefined],
    [
      'a password alone is that of the user default',
      { downstream_auth_passwords: [{ inline_string: '0123' }] },
      [{ name: 'default', password: '0123' }],
    ],
    [
      'a user, and a password in a file',
      {
        downstream_auth_username: { inline_string: 'app' },
        downstream_auth_password: { filename: '/run/p' },
      },
      [{ name: 'app', passwordFile: '/run/p' }],
    ],
    [
      'bytes',
      { downstream_auth_password: { inline_bytes: Buffer.from('ä').toString('base64') } },
      [{ name: 'default', password: 'ä' }],
    ],
  ])('%s', (_name, filter, users) => {
    const { file, notes } = convertParts({ filter });
    expect(file.listeners[0]!.users).toEqual(users);
    expect(notes).toEqual([]);
  });

  it('is never everybody because a password cannot be read here', () => {
    const variable = { environment_variable: 'REDIS_PASSWORD' };
    const { file, notes } = convertParts({ filter: { downstream_auth_passwords: [variable] } });
    expect(file.listeners[0]!.users).toEqual([
      { name: 'default', passwordFile: '/run/secrets/REDIS_PASSWORD' },
    ]);
    expect(notes).toEqual([
      `${FILTER}.downstream_auth_passwords[0].environment_variable  becomes the file /run/secrets/REDIS_PASSWORD: write the value there`,
    ]);
    const unknown = convertParts({ filter: { downstream_auth_passwords: [{ other: 1 }] } });
    expect(unknown.file.listeners[0]!.users).toEqual([
      { name: 'default', passwordFile: '/run/secrets/redis' },
    ]);
  });
});

describe('it says that it does not carry', () => {
  it.each<[string, Parts, string[]]>([
    [
      'prefix routes, mirrors and other names of keys',
      {
        filter: {
          prefix_routes: {
            routes: [{ prefix: 'ab:', cluster: 'carts' }],
            catch_all_route: {
              cluster: 'orders',
              request_mirror_policy: [{ cluster: 'mirror' }],
              key_formatter: 'x:%KEY%',
            },
          },
        },
      },
      [
        `${FILTER}.prefix_routes.routes[0]  is not carried: all keys go to orders; those of this prefix need a listener or a user of their own`,
        `${FILTER}.prefix_routes.catch_all_route.key_formatter  is not carried: KEYS WILL HAVE OTHER NAMES than through Envoy`,
        `${FILTER}.prefix_routes.catch_all_route.request_mirror_policy  is not carried: requests are not mirrored`,
      ],
    ],
    [
      'faults and buffers',
      {
        filter: { faults: [{ fault_type: 'DELAY' }] },
        settings: { max_buffer_size_before_flush: 1024 },
      },
      [
        `${FILTER}.settings.max_buffer_size_before_flush  is not carried: requests are not held back; those that come together leave in one write`,
        `${FILTER}.faults  is not carried: no faults are injected`,
      ],
    ],
    [
      'a read policy that is another here',
      { settings: { read_policy: 'PREFER_MASTER' } },
      [`${FILTER}.settings.read_policy  becomes primary: reads wait for a primary that is lost`],
    ],
    [
      'a second password',
      { filter: { downstream_auth_passwords: [{ inline_string: 'a' }, { inline_string: 'b' }] } },
      [
        `${FILTER}.downstream_auth_passwords[1]  is not carried: a user has one password, a second one needs another user`,
      ],
    ],
    [
      'what is watched in another way, and what nobody knows',
      { cluster: { health_checks: [{}], nonsense: 1 }, root: { layered_runtime: {} } },
      [
        `${CLUSTER}.health_checks  is not carried: servers are watched by the requests they answer, and probed when they fail`,
        `${CLUSTER}.nonsense  is not carried: it has no counterpart`,
        'layered_runtime  is not carried: it has no counterpart',
      ],
    ],
    [
      'TLS that checks nothing',
      { cluster: tls({}, { sni: 'x' }) },
      [
        `${CLUSTER}.transport_socket  has certificates checked here; upstreamTlsVerify: off would be as in Envoy`,
      ],
    ],
    [
      'names of certificates',
      {
        cluster: tls({
          validation_context: {
            trusted_ca: { filename: '/ca' },
            match_typed_subject_alt_names: [{ san_type: 'DNS' }],
          },
        }),
      },
      [
        `${CLUSTER}.transport_socket.typed_config.common_tls_context.validation_context.match_typed_subject_alt_names  is not carried: a certificate has to be of upstreamTlsServerName, or of the name of the server`,
      ],
    ],
    [
      'passwords for single servers',
      { cluster: protocolOptions({ credentials: [{ auth_password: inline('x') }] }) },
      [
        `${CLUSTER}.typed_extension_protocol_options.envoy.filters.network.redis_proxy.credentials[0]  is not carried: all servers of a cluster have the same user and password`,
      ],
    ],
    [
      'thresholds of redirections',
      {
        cluster: {
          cluster_type: {
            name: 'envoy.clusters.redis',
            typed_config: { redirect_refresh_threshold: 10, cluster_refresh_rate: '7s' },
          },
        },
      },
      [
        `${CLUSTER}.cluster_type.typed_config.redirect_refresh_threshold  is not carried: the first redirection already asks for a refresh`,
      ],
    ],
  ])('%s', (_name, parts, want) => {
    const { file, notes } = convertParts(parts);
    expect(notes.toSorted()).toEqual(want.toSorted());
    expect(file.listeners).toHaveLength(1);
  });

  it.each<[string, Parts, string[]]>([
    [
      'with keys spread over servers by hash',
      { hosts: 2, cluster: { cluster_type: undefined, lb_policy: 'MAGLEV' } },
      [
        `${CLUSTER}  is not carried: MAGLEV spreads keys over 2 servers as no Redis Cluster does; move the data into a cluster`,
        'static_resources.listeners[0]  is not carried: its cluster orders is not',
      ],
    ],
    [
      'with servers that another tells',
      { cluster: { cluster_type: undefined, type: 'EDS' } },
      [
        `${CLUSTER}  is not carried: want servers that are written here, not type EDS`,
        'static_resources.listeners[0]  is not carried: its cluster orders is not',
      ],
    ],
    [
      'with routes by prefix only',
      { filter: { prefix_routes: { routes: [{ prefix: 'a', cluster: 'orders' }] } } },
      [
        `${FILTER}.prefix_routes.routes  is not carried, nor is its listener: keys are not told apart by prefix, and there is no catch_all_route`,
        `${CLUSTER}  is not carried: no listener that is carried leads to it`,
      ],
    ],
    [
      'with a service that says who may log in',
      { filter: { external_auth_provider: {} } },
      [
        `${FILTER}.external_auth_provider  is not carried, nor is its listener: no service is asked who may log in`,
        `${CLUSTER}  is not carried: no listener that is carried leads to it`,
      ],
    ],
    [
      'of HTTP',
      { root: { static_resources: { listeners: [{ name: 'web' }] } } },
      ['static_resources.listeners[0]  is not carried: it has no redis_proxy filter'],
    ],
  ])('a listener %s', (_name, parts, want) => {
    const { file, notes } = convertParts(parts);
    expect(file.listeners).toEqual([]);
    expect(notes).toEqual(want);
  });
});
