/** The soak as Markdown. Pure. */
import type { MachineFacts } from '@keyfleet/testkit';
import { table } from '../report/table.ts';
import { cyclesOf, trendOf, type Cycle, type RssSample, type Trend } from './trend.ts';

export type SoakRun = MachineFacts & {
  readonly command: string;
  readonly version: string;
  readonly minutes: number;
  readonly phaseSeconds: number;
  readonly phases: readonly string[];
  readonly samples: readonly RssSample[];
};

export type SoakExtras = { readonly chart: string | null; readonly notes: string | null };

const MB = 1024 * 1024;

export function soakReport(run: SoakRun, { chart, notes }: SoakExtras): string {
  const cycles = cyclesOf(run.samples);
  return [
    '# Memory under changing load',
    '',
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- keyfleet: ${run.version}`,
    `- To repeat: \`${run.command}\``,
    '',
    `Cycles of ${run.phases.length} loads, ${run.phaseSeconds} s each: ${run.phases.join('; ')}. Resident memory (RSS) of the proxy,`,
    'looked at every second. The floor is the least of a cycle: what the process keeps while load comes and goes.',
    '',
    `**Verdict: ${verdict(trendOf(cycles))}**`,
    '',
    ...(chart === null ? [] : [`![RSS of the proxy over time](${chart})`, '']),
    ...(notes === null ? [] : ['## Notes', '', notes.trim(), '']),
    ...cycleTable(cycles),
    '',
  ].join('\n');
}

function verdict(trend: Trend | null): string {
  if (trend === null) return 'the run is too short to tell.';
  const { bytesPerHour, growth, isFlat } = trend;
  const perHour = `${inMb(bytesPerHour, 1)} MB per hour`;
  return `memory ${isFlat ? 'is flat' : 'grows'}: over the last two thirds the floor changes by ${(growth * 100).toFixed(1)} % (${perHour}).`;
}

function cycleTable(cycles: readonly Cycle[]): string[] {
  const rows = cycles.map(({ seconds, floorBytes, peakBytes }, n) => [
    String(n + 1),
    (seconds / 60).toFixed(1),
    inMb(floorBytes),
    inMb(peakBytes),
  ]);
  return table(['cycle', 'begins, min', 'floor, MB', 'peak, MB'], rows, 0);
}

function inMb(bytes: number, digits = 0): string {
  return (bytes / MB).toFixed(digits);
}
