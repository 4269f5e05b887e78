import type { Running } from '@keyfleet/runtime';
import type { ProxySettings } from '../settings.ts';

/** An upstream that is followed. */
export type Followed = Running & {
  /** Why it is not found; empty: it is. */
  failure?(): string;
  /** Live settings have other values. */
  change?(settings: ProxySettings): void;
};
