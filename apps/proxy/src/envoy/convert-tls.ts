import type { ClusterFields } from './converted.ts';
import type { EnvoyNode } from './envoy-node.ts';
import { isOfType, typedConfig } from './typed-config.ts';

/** TLS to the servers. */
export function convertTls(cluster: EnvoyNode): ClusterFields {
  const socket = cluster.at('transport_socket');
  if (!socket.isThere) return {};
  if (isOfType(socket, 'RawBuffer', ['envoy.transport_sockets.raw_buffer']))
    return { upstreamTls: 'off' };
  if (!isOfType(socket, 'UpstreamTlsContext', ['envoy.transport_sockets.tls'])) {
    socket.note('is not carried: want TLS or none');
    return {};
  }
  const context = typedConfig(socket);
  const common = context.at('common_tls_context');
  const [certificate] = common.at('tls_certificates').items();
  return {
    upstreamTls: 'on',
    upstreamTlsServerName: context.at('sni').text(),
    ...convertValidation(socket, common.at('validation_context')),
    upstreamTlsCertFile: certificate && fileOf(certificate.at('certificate_chain')),
    upstreamTlsKeyFile: certificate && fileOf(certificate.at('private_key')),
  };
}

/** Envoy checks only what it is told to: without an authority nothing, without names no name. */
function convertValidation(socket: EnvoyNode, validation: EnvoyNode): ClusterFields {
  const authority = validation.at('trusted_ca');
  if (!authority.isThere) {
    socket.remark('has certificates checked here; upstreamTlsVerify: off would be as in Envoy');
    return {};
  }
  const upstreamTlsCaFile = fileOf(authority);
  const names = ['match_typed_subject_alt_names', 'match_subject_alt_names'].map((one) =>
    validation.at(one),
  );
  if (!names.some(({ isThere }) => isThere))
    return { upstreamTlsCaFile, upstreamTlsVerify: 'chain' };
  for (const name of names)
    name.note(
      'is not carried: a certificate has to be of upstreamTlsServerName, or of the name of the server',
    );
  return { upstreamTlsCaFile, upstreamTlsVerify: 'on' };
}

function fileOf(source: EnvoyNode): string | undefined {
  const file = source.at('filename').text();
  if (file === undefined) source.note('is not carried: want it in a file');
  return file;
}
