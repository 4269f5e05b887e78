/** The Lease by which one of several operators leads, and what one that looks at it may do. Pure. */
import type { KubeObject } from '../kube-object.ts';

export type LeaseSpec = {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
};

export type Lease = KubeObject & { readonly spec?: LeaseSpec };

/** A Lease, and since when it says what it says: by our clock, since its times are by another's. */
export type Sighting = { readonly lease: Lease; readonly sinceMs: number };

export type Decision = {
  readonly do: 'acquire' | 'renew' | 'wait';
  readonly because: string;
};

type Candidate = { readonly me: string; readonly nowMs: number; readonly leaseMs: number };

/** A change of metadata alone does not prolong anything. */
export function sighted(before: Sighting | undefined, lease: Lease, nowMs: number): Sighting {
  const isSame = before && JSON.stringify(before.lease.spec) === JSON.stringify(lease.spec);
  return { lease, sinceMs: isSame ? before.sinceMs : nowMs };
}

/** Whoever does not lead waits until the leader's Lease has stood unchanged for as long as it is good for. */
export function decide(seen: Sighting | undefined, { me, nowMs, leaseMs }: Candidate): Decision {
  if (!seen) return { do: 'acquire', because: 'there is no Lease' };
  const holder = holderOf(seen.lease);
  if (holder === undefined) return { do: 'acquire', because: 'nobody holds it' };
  if (holder === me) return { do: 'renew', because: 'it is ours' };
  const goodForMs = (seen.lease.spec?.leaseDurationSeconds ?? 0) * 1_000 || leaseMs;
  if (nowMs - seen.sinceMs < goodForMs) return { do: 'wait', because: `${holder} leads` };
  return { do: 'acquire', because: `${holder} has not renewed it for ${goodForMs} ms` };
}

/** Undefined: it was released, or never held. */
export function holderOf(lease: Lease | undefined): string | undefined {
  return lease?.spec?.holderIdentity || undefined;
}

/** The spec to write: with ourselves as the holder. */
export function heldBy(
  me: string,
  before: Lease | undefined,
  { wallMs, leaseMs }: { readonly wallMs: number; readonly leaseMs: number },
): LeaseSpec {
  const renewTime = microTime(wallMs);
  const leaseDurationSeconds = Math.ceil(leaseMs / 1_000);
  const { acquireTime = renewTime, leaseTransitions = 0 } = before?.spec ?? {};
  const held = { holderIdentity: me, leaseDurationSeconds, renewTime };
  return holderOf(before) === me
    ? { ...held, acquireTime, leaseTransitions }
    : { ...held, acquireTime: renewTime, leaseTransitions: leaseTransitions + (before ? 1 : 0) };
}

/** The spec to write at an orderly end: the next need not wait. */
export function released(before: Lease, wallMs: number): LeaseSpec {
  const renewTime = microTime(wallMs);
  return { ...before.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
}

/** The API takes exactly six digits. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
