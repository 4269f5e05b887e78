import type { Client } from '../downstream/client.ts';
import { clientLine, type ClientActivity } from '../local/client-line.ts';

/** A client as `/clients` shows it. */
export type ClientView = {
  readonly id: number;
  readonly info: string;
  readonly requests: number;
  readonly pending: number;
  readonly heldBytes: number;
  /** The shard that its next command waits for. */
  readonly waitsFor: string | null;
};

export function clientView(client: Client, activity: ClientActivity, nowMs: number): ClientView {
  return {
    id: client.id,
    info: clientLine(client, activity, nowMs),
    requests: client.facts.requests,
    pending: client.pendingCount,
    heldBytes: client.heldBytes,
    waitsFor: client.parkedAt?.id ?? null,
  };
}
