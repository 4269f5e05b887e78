/** What failed requests were told, as Markdown. Pure. */
import { table } from '../../report/table.ts';
import type { Role } from '../figures/recorder.ts';
import type { ClientKind } from '../load/client-plan.ts';
import type { Sample } from './cluster-run.ts';

const SHOWN: ClientKind = 'application';

/** Of applications, all rounds together; nothing where nothing failed. */
export function failureTable(samples: readonly Sample[], candidates: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const kinds = new Set<string>();
  for (const { candidate, phase, groups } of samples) {
    if (phase !== 'event') continue;
    for (const { kind, role, failures } of groups) {
      if (kind !== SHOWN) continue;
      for (const [failure, count] of Object.entries(failures)) {
        kinds.add(failure);
        const at = cell(candidate, role, failure);
        counts.set(at, (counts.get(at) ?? 0) + count);
      }
    }
  }
  if (kinds.size === 0) return ['', 'No request of an application failed.'];
  const shown = candidates.filter((candidate) =>
    samples.some((sample) => sample.candidate === candidate && hasApplications(sample)),
  );
  const rows = [...kinds]
    .toSorted()
    .map((failure) => [
      `\`${failure}\``,
      ...shown.map((candidate) =>
        (['hit', 'other'] as const)
          .map((role) => counts.get(cell(candidate, role, failure)) ?? 0)
          .join(' / '),
      ),
    ]);
  const title = 'what applications were told, all rounds: where it happens / other shards';
  return ['', ...table([title, ...shown], rows, 1)];
}

function cell(candidate: string, role: Role, failure: string): string {
  return JSON.stringify([candidate, role, failure]);
}

function hasApplications({ groups }: Sample): boolean {
  return groups.some(({ kind }) => kind === SHOWN);
}
