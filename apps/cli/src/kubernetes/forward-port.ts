/** A connection to a port of a pod, through the API server (as `kubectl port-forward`, without a listener). */
import { duplexPair, Writable, type Duplex } from 'node:stream';
import { PortForward, type KubeConfig } from '@kubernetes/client-node';

export type PodPort = { readonly namespace: string; readonly pod: string; readonly port: number };

/** The connection ends with either side; what the node says of trouble destroys it with an error. */
export async function forwardPort(config: KubeConfig, place: PodPort): Promise<Duplex> {
  const [near, far] = duplexPair();
  const errors = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // The first message has only the number of the port, which the library takes off.
      if (chunk.length > 0) near.destroy(new Error(chunk.toString().trim()));
      done();
    },
  });
  const socket = await connect(config, place, far, errors);
  socket.onclose = () => far.end();
  near.once('close', () => socket.close());
  return near;
}

/** What is used of the library's WebSocket, whose own types are not installed. */
type Socket = { onclose: () => void; close(): void };

async function connect(
  config: KubeConfig,
  { namespace, pod, port }: PodPort,
  far: Duplex,
  errors: Writable,
): Promise<Socket> {
  try {
    const forward = new PortForward(config);
    return (await forward.portForward(namespace, pod, [port], far, errors, far)) as Socket;
  } catch (event) {
    const { message = 'the connection failed' } = event as { message?: string };
    // Without a cause: the library's event leads to the private key of the user, and causes get printed.
    throw new Error(refusalOf(message));
  }
}

/** A refused WebSocket has no more to say than the number. */
function refusalOf(message: string): string {
  if (message.endsWith('response: 403'))
    return 'the API server answers 403, want "get" and "create" on pods/portforward';
  return message;
}
