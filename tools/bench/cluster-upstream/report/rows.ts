/** What is shown of each scenario, as data: a row more is an entry more. Pure. */
import type { Group, Role } from '../figures/recorder.ts';
import type { ClientKind } from '../load/client-plan.ts';
import type { Phase, Sample } from './cluster-run.ts';

export type Row = {
  readonly title: string;
  readonly phase: Phase;
  readonly digits: number;
  readonly figure: (sample: Sample) => number | null;
  /** It went on when the watch ended. */
  readonly isOpen?: (sample: Sample) => boolean;
  /** As what it is above the same figure of the servers themselves. */
  readonly isAboveServers?: boolean;
};

type Of = { readonly kind: ClientKind; readonly role: Role };

const itsProbe: Of = { kind: 'probe', role: 'hit' };
const othersProbe: Of = { kind: 'probe', role: 'other' };
const itsApplications: Of = { kind: 'application', role: 'hit' };
const othersApplications: Of = { kind: 'application', role: 'other' };
const othersPipelined: Of = { kind: 'pipelined', role: 'other' };

const outage: readonly Row[] = [
  gap('without an OK, ms', itsProbe),
  { ...gap('… of which more than the servers themselves, ms', itsProbe), isAboveServers: true },
  failed('failed requests of its applications', itsApplications),
  failed('failed requests of other shards’ applications', othersApplications),
  gap('other shards without an OK, ms', othersProbe),
];

const failover: readonly Row[] = [...outage, ...latencies('other shards', othersApplications)];

const resharding: readonly Row[] = [
  failed('failed requests of their applications', itsApplications),
  failed('failed requests of the other shard’s applications', othersApplications),
  gap('without an OK, ms', itsProbe),
  before('before it', 99, othersApplications),
  ...latencies('', itsApplications),
  most('longest wait, ms', itsApplications),
  before('pipelined, before it', 99, othersPipelined),
  ...latencies('pipelined', { kind: 'pipelined', role: 'hit' }),
  row('takes, s', 1, ({ seconds }) => seconds),
];

const hang: readonly Row[] = [
  ...latencies('other shards', othersApplications),
  failed('failed requests of other shards’ applications', othersApplications),
  row('OK per second of other shards, on pipelined connections that also ask this one', 1, (of) => {
    const group = groupOf(of, othersPipelined);
    return group === null ? null : group.ok / of.seconds;
  }),
  gap('other shards without an OK on such connections, ms', othersPipelined),
  failed('failed requests of other shards on such connections', othersPipelined),
  failed('failed requests of its applications', itsApplications),
  gap('without an OK, ms', itsProbe),
  { ...gap('… of which more than the servers themselves, ms', itsProbe), isAboveServers: true },
];

export const rowsOf: Readonly<Record<string, readonly Row[]>> = {
  kill: failover,
  freeze: failover,
  promotion: [...outage, most('longest wait of its applications, ms', itsApplications)],
  reshard: resharding,
  hang,
};

function row(title: string, digits: number, figure: Row['figure']): Row {
  return { title, phase: 'event', digits, figure };
}

function gap(title: string, of: Of): Row {
  return {
    ...row(title, 0, (sample) => groupOf(sample, of)?.longestGapMs ?? null),
    isOpen: (sample) => groupOf(sample, of)?.isGapOpen === true,
  };
}

function failed(title: string, of: Of): Row {
  return row(title, 0, (sample) => failuresOf(groupOf(sample, of)));
}

function most(title: string, of: Of): Row {
  return row(title, 0, (sample) => groupOf(sample, of)?.mostMs ?? null);
}

function latencies(whose: string, of: Of): Row[] {
  const names = { p50Ms: 'p50', p99Ms: 'p99', p999Ms: 'p99.9' } as const;
  return (['p50Ms', 'p99Ms', 'p999Ms'] as const).map((figure) =>
    row(
      `${whose} ${names[figure]}, ms`.trim(),
      1,
      (sample) => groupOf(sample, of)?.[figure] ?? null,
    ),
  );
}

/** In the quiet time nothing is hit. */
function before(whose: string, percent: 99, { kind }: Of): Row {
  const figure: Row['figure'] = (sample) => groupOf(sample, { kind, role: 'other' })?.p99Ms ?? null;
  return { ...row(`${whose} p${percent}, ms`, 1, figure), phase: 'quiet' };
}

function groupOf({ groups }: Sample, { kind, role }: Of): Group | null {
  return groups.find((group) => group.kind === kind && group.role === role) ?? null;
}

function failuresOf(group: Group | null): number | null {
  if (group === null) return null;
  return Object.values(group.failures).reduce((sum, count) => sum + count, 0);
}
