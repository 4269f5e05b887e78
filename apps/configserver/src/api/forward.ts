import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiFault } from './api-fault.ts';

const FORWARDED = 'x-keyfleet-forwarded';
const TIMEOUT_MS = 6000;

/** Hands a request to the leader and its answer back. One hop: who gets a forwarded request and does not lead says so. */
export async function forward(
  leaderUrl: string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (leaderUrl === undefined || request.headers[FORWARDED] !== undefined) {
    throw new ApiFault(503, 'NO_LEADER', 'No configserver leads at the moment');
  }
  const body = request.body === undefined || request.body === null ? undefined : request.body;
  const response = await fetch(leaderUrl + request.url, {
    method: request.method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      [FORWARDED]: '1',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new LeaderUnreachable(leaderUrl, error);
  });
  const text = await response.text().catch((error: unknown) => {
    throw new LeaderUnreachable(leaderUrl, error);
  });
  return reply.code(response.status).type('application/json').send(text);
}

/** Only a refused connection proves that nothing was done; then the client may ask another address. */
class LeaderUnreachable extends ApiFault {
  constructor(url: string, error: unknown) {
    const { message, cause } = error as Error & { cause?: { code?: string } };
    if (cause?.code === 'ECONNREFUSED') super(503, 'NO_LEADER', `The leader at ${url} is gone`);
    else super(504, 'LEADER_SILENT', `The leader at ${url} did not answer: ${message}`);
  }
}
