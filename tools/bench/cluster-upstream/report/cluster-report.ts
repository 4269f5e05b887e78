/** The run as Markdown. Pure. */
import { DOUBTS } from '../load/own-key.ts';
import { clientKinds, habits } from '../load/client-plan.ts';
import { scenarios, SHARDS } from '../scenarios.ts';
import type { ClusterRun } from './cluster-run.ts';
import { scenarioSection } from './scenario-section.ts';

export function clusterReport(run: ClusterRun, notes: string | null): string {
  const versions = Object.entries(run.versions).map(([name, version]) => `${name}: ${version}`);
  return [
    '# Before a Redis Cluster, beside Envoy',
    '',
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- ${versions.join(' · ')}`,
    ...Object.entries(run.absent).map(([name, why]) => `- ${name} is left out: ${why}`),
    ...run.leftOut.map((line) => `- left out: ${line}`),
    `- To repeat: \`${run.command}\` (rounds: ${run.rounds})`,
    '',
    `One Redis Cluster of ${SHARDS} primaries with a replica each and ${run.keys.toLocaleString('en')} keys; all proxies stand before it at the same time,`,
    'with one worker each, under the same load, so what happens happens to all of them at once. *Envoy* is set as in the',
    'article; *Envoy, eager* looks at the cluster every second and at the first error or redirect. *The servers* is each',
    'node asked by itself, and whatever it refuses left out: what the cluster needs without anything before it.',
    '',
    'Medians over the rounds, least–most in parentheses. The time without an OK is that from the event, or the last OK behind',
    'it, to the next OK of the same shard; `≥`: in a round none came until the watch ended. Latencies are those of OKs, and',
    'count what a waiting client did not send: who refuses at once has fewer long ones than who waits until it can be done.',
    'Failures are counted one by one: a client that is refused at once asks, and fails, again 10 ms later.',
    'Clients of each proxy, which send on time and count every answer as what it is:',
    '',
    ...clientKinds.map(habitLine),
    '',
    ...doubtLine(run),
    ...(notes === null ? [] : ['', '## Notes', '', notes.trim()]),
    ...scenarios.flatMap((scenario) => scenarioSection(run, scenario)),
    '',
  ].join('\n');
}

function habitLine(kind: (typeof clientKinds)[number]): string {
  const { count, ofAllShards, everyMs, windowMax, deadlineMs, reads } = habits[kind];
  const where = ofAllShards ? 'each asks all shards in turn' : 'for each shard';
  const what = reads ? 'SET and GET' : 'SET';
  const window = windowMax === 1 ? 'one at a time' : `up to ${windowMax} on their way`;
  return `- ${kind}: ${count}, ${where}; ${what} every ${everyMs} ms, ${window}; gives up after ${deadlineMs} ms and connects anew.`;
}

/** Values that were read and should not be there: of all clients in all scenarios. */
function doubtLine({ samples }: ClusterRun): string[] {
  const counts = new Map<string, number>();
  for (const { candidate, groups } of samples)
    for (const { failures } of groups)
      for (const doubt of DOUBTS) {
        const name = `${candidate}: ${doubt}`;
        counts.set(name, (counts.get(name) ?? 0) + (failures[doubt] ?? 0));
      }
  const found = [...counts].filter(([, count]) => count > 0);
  if (found.length === 0)
    return ['Each value that was read belonged to its key and was the last acknowledged or newer.'];
  return [
    'Of the values that were read, these were doubtful (a replica that takes over may lack acknowledged writes, whoever',
    `stands before it): ${found.map(([name, count]) => `${name} (${count})`).join('; ')}.`,
  ];
}
