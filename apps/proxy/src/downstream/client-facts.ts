import type { Command } from '@keyfleet/commands';

/** What a client said of itself, and what was seen of it: for CLIENT LIST and the admin port. */
export type ClientFacts = {
  name: string;
  libName: string;
  libVersion: string;
  connectedAtMs: number;
  lastDataMs: number;
  requests: number;
  lastCommand: Command | undefined;
  /** CLIENT NO-EVICT: the memory budget spares it. */
  isNotEvicted: boolean;
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
    isNotEvicted: false,
  };
}
