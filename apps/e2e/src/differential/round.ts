/** One stream of requests to both servers, from no data at all, and where they first differ. */
import { encodeCommand, type RespVersion } from '@keyfleet/resp';
import type { Server } from '../raw-client.ts';
import { Lane } from './lane.ts';
import { isSameReply } from './same-reply.ts';
import type { Request } from './stream.ts';

export type Style = { readonly version: RespVersion; readonly isPipelined: boolean };

export type Pair = {
  readonly plain: Server;
  readonly proxy: Server;
  /** Deletes everything on all servers. */
  readonly clear: () => Promise<void>;
};

export type Difference = { readonly at: number; readonly plain: string; readonly proxied: string };

/** Hears of every reply that is as it should be: that of the plain server, where it was asked. */
export type OnReply = (request: Request, reply: Uint8Array) => void;

export async function runRound(
  pair: Pair,
  style: Style,
  requests: readonly Request[],
  onReply: OnReply = () => undefined,
): Promise<Difference | null> {
  await pair.clear();
  using plain = await Lane.connect(pair.plain);
  using proxy = await Lane.connect(pair.proxy);
  if (style.version === 3) {
    const hello = encodeCommand(['HELLO', '3']);
    await Promise.all([plain.exchange(hello, 1), proxy.exchange(hello, 1)]);
  }
  const step = style.isPipelined ? requests.length : 1;
  for (let start = 0; start < requests.length; start += step) {
    const part = requests.slice(start, start + step);
    const difference = await exchange({ plain, proxy }, part, onReply);
    if (difference !== null) return { ...difference, at: start + difference.at };
  }
  return null;
}

async function exchange(
  lanes: { plain: Lane; proxy: Lane },
  requests: readonly Request[],
  onReply: OnReply,
): Promise<Difference | null> {
  const shared = requests.filter(({ rule }) => rule !== 'proxyOnly');
  const [plain, proxied] = await Promise.all([
    lanes.plain.exchange(joined(shared), shared.length),
    lanes.proxy.exchange(joined(requests), requests.length),
  ]);
  let plainAt = 0;
  for (const [at, request] of requests.entries()) {
    const { rule } = request;
    const ours = proxied[at];
    const theirs = rule === 'proxyOnly' ? ours : plain[plainAt++];
    if (ours === undefined || theirs === undefined || !isSameReply(rule, theirs, ours)) {
      return { at, plain: written(theirs, lanes.plain), proxied: written(ours, lanes.proxy) };
    }
    onReply(request, theirs);
  }
  return null;
}

function joined(requests: readonly Request[]): Uint8Array {
  return requests.length === 1
    ? requests[0]!.bytes
    : Buffer.concat(requests.map(({ bytes }) => bytes));
}

const SHOWN_BYTES = 300;

function written(reply: Uint8Array | undefined, { failure }: Lane): string {
  if (reply === undefined) return `(${failure?.message ?? 'nothing'})`;
  return JSON.stringify(Buffer.from(reply.subarray(0, SHOWN_BYTES)).toString('latin1'));
}
