/** A node of a Redis Cluster as another sees it. */
export type SeenNode = {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly isSelf: boolean;
  readonly isPrimary: boolean;
  /** A handshake is on its way, or nobody knows where it is. */
  readonly isStranger: boolean;
  readonly hasFailed: boolean;
  /** The id of the primary that it copies. */
  readonly primaryId: string | null;
  /** As in "0-5460,9000". */
  readonly slots: string;
};

/** The answer to CLUSTER NODES: `id host:port@bus flags primary ping pong epoch link slots…`. */
export function parseClusterNodes(text: string): SeenNode[] {
  return text.trim().split('\n').map(parseNode);
}

function parseNode(line: string): SeenNode {
  const [id = '', address = '', flags = '', primary = '-', ...rest] = line.trim().split(' ');
  const said = flags.split(',');
  const [host, port] = hostAndPort(address.split('@')[0]!);
  return {
    id,
    host,
    port,
    isSelf: said.includes('myself'),
    isPrimary: said.includes('master'),
    isStranger: said.includes('handshake') || said.includes('noaddr'),
    hasFailed: said.includes('fail'),
    primaryId: primary === '-' ? null : primary,
    // Behind ping, pong, epoch and link; a slot that moves is in brackets.
    slots: rest
      .slice(4)
      .filter((range) => !range.startsWith('['))
      .join(','),
  };
}

function hostAndPort(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}
