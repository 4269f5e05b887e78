/** The targets and whether they are met, as Markdown. Pure. */
import type { Figure } from './figures.ts';
import type { Target, Verdict } from './targets.ts';
import { table, writtenSpread } from './table.ts';

const names: Partial<Record<Figure, string>> = {
  proxyCpuMicros: 'CPU per request',
  requestsPerSecond: 'throughput',
  p50Ms: 'p50',
  p99Ms: 'p99',
};

export function targetSection(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const met = verdicts.filter(({ isMet }) => isMet).length;
  const rows = verdicts.map((verdict) => [
    verdict.workload,
    comparisonOf(verdict),
    boundOf(verdict),
    writtenSpread(verdict.measured, 2),
    verdict.isMet ? 'yes' : '**no**',
  ]);
  return [
    '',
    '## Targets',
    '',
    'Those of issue K3; over a Redis Cluster those of issue K5, which are the same within 5 %.',
    `By the medians of this run, ${met} of ${verdicts.length} are met.`,
    '',
    ...table(['workload', 'compared', 'target', 'measured', 'met'], rows),
  ];
}

function comparisonOf({ figure, candidate, baseline, compared }: Target): string {
  const sign = compared === 'ratio' ? '÷' : '−';
  return `${names[figure] ?? figure}: ${candidate} ${sign} ${baseline}`;
}

function boundOf({ bound, compared }: Target): string {
  const unit = compared === 'ratio' ? '' : ' ms';
  return 'atMost' in bound ? `≤ ${bound.atMost}${unit}` : `≥ ${bound.atLeast}${unit}`;
}
