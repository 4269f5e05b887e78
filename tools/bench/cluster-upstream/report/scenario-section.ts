/** One scenario as Markdown. Pure. */
import { spread, type Spread } from '../../report/figures.ts';
import { table, writtenSpread } from '../../report/table.ts';
import { ENVOY, OURS, SERVERS } from '../contenders.ts';
import type { Scenario } from '../scenarios.ts';
import type { ClusterRun, Sample } from './cluster-run.ts';
import { failureTable } from './failure-table.ts';
import { rowsOf, type Row } from './rows.ts';
import { secondTable } from './second-table.ts';

/** Beyond it a table of seconds tells nothing that the others do not. */
const SECONDS_SHOWN = new Set(['kill', 'reshard', 'hang']);

export function scenarioSection(run: ClusterRun, { name, title, what }: Scenario): string[] {
  const samples = run.samples.filter(({ scenario }) => scenario === name);
  if (samples.length === 0) return [];
  const candidates = [...new Set(samples.map(({ candidate }) => candidate))];
  const rows = (rowsOf[name] ?? []).map((row) => [
    row.title,
    ...candidates.map((candidate) => written(row, samples, candidate)),
    writtenSpread(besideEnvoy(row, samples), 2),
  ]);
  return [
    '',
    `## ${title}`,
    '',
    what,
    '',
    ...table(['', ...candidates, `${OURS} ÷ ${ENVOY}`], rows, 1),
    ...failureTable(samples, candidates),
    ...(SECONDS_SHOWN.has(name) ? secondTable(samples, candidates) : []),
  ];
}

function written(row: Row, samples: readonly Sample[], candidate: string): string {
  const own = ofCandidate(row, samples, candidate);
  const isOpen = own.some((sample) => row.isOpen?.(sample));
  const text = writtenSpread(spreadOf(valuesOf(row, samples, candidate)), row.digits);
  return isOpen ? `≥ ${text}` : text;
}

/** Of the rounds that have both. Nothing is no multiple of nothing, and a small difference none of another. */
function besideEnvoy(row: Row, samples: readonly Sample[]): Spread | null {
  if (row.isAboveServers) return null;
  const theirs = new Map(valuesOf(row, samples, ENVOY));
  const ratios = valuesOf(row, samples, OURS).flatMap(([round, value]): [number, number][] => {
    const base = theirs.get(round);
    return base === undefined || base <= 0 ? [] : [[round, value / base]];
  });
  return spreadOf(ratios);
}

type RoundValue = readonly [round: number, value: number];

function valuesOf(row: Row, samples: readonly Sample[], candidate: string): RoundValue[] {
  const base = row.isAboveServers
    ? new Map(plainValues(row, samples, SERVERS))
    : new Map<number, number>();
  if (row.isAboveServers && candidate === SERVERS) return [];
  return plainValues(row, samples, candidate).map(([round, value]) => [
    round,
    value - (base.get(round) ?? 0),
  ]);
}

function plainValues(row: Row, samples: readonly Sample[], candidate: string): RoundValue[] {
  return ofCandidate(row, samples, candidate).flatMap((sample): RoundValue[] => {
    const value = row.figure(sample);
    return value === null ? [] : [[sample.round, value]];
  });
}

function ofCandidate({ phase }: Row, samples: readonly Sample[], candidate: string): Sample[] {
  return samples.filter((sample) => sample.candidate === candidate && sample.phase === phase);
}

function spreadOf(values: readonly RoundValue[]): Spread | null {
  return values.length === 0 ? null : spread(values.map(([, value]) => value));
}
