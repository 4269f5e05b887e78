import type { Command } from '@keyfleet/commands';
import type { Account } from '../lobby/account.ts';
import type { ClientReads } from '../reads/client-reads.ts';

/** What a client said of itself, and what was seen of it: for CLIENT LIST and the admin port. */
export type ClientFacts = {
  name: string;
  libName: string;
  libVersion: string;
  connectedAtMs: number;
  lastDataMs: number;
  requests: number;
  lastCommand: Command | undefined;
  /** Null: it reads from primaries only. */
  reads: ClientReads | null;
  /** CLIENT NO-EVICT: the memory budget spares it. */
  isNotEvicted: boolean;
  /** Null: its listener asks nobody who he is. */
  account: Account | null;
};

export function newFacts(): ClientFacts {
  return {
    name: '',
    libName: '',
    libVersion: '',
    connectedAtMs: 0,
    lastDataMs: 0,
    requests: 0,
    lastCommand: undefined,
    reads: null,
    isNotEvicted: false,
    account: null,
  };
}
