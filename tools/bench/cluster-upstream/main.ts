/**
 * `npm run bench:cluster-upstream`: what clients see when something happens to the Redis Cluster behind the proxy, beside
 * Envoy before the same cluster at the same time.
 */
import { join } from 'node:path';
import {
  commandFact,
  machineFacts,
  notesBeside,
  startRedisCluster,
  writeResults,
} from '@keyfleet/testkit';
import { redisVersion } from '../candidates/direct.ts';
import { runUntilInterrupted } from '../run/run-until-interrupted.ts';
import { fill } from '../workloads/fill.ts';
import { OURS, SERVERS, startContenders } from './contenders.ts';
import { audiencesOf } from './load/audiences.ts';
import { Crowd } from './load/crowd.ts';
import { readClusterOptions } from './options.ts';
import { clusterReport } from './report/cluster-report.ts';
import type { ClusterRun } from './report/cluster-run.ts';
import { runScenarios } from './run-scenarios.ts';
import { scenarios, SHARDS } from './scenarios.ts';

const ROOT = join(import.meta.dirname, '../../..');
const argv = process.argv.slice(2);
/** So that a slot that moves has something to move. */
const DATA = { prefix: 'data:', count: 200_000, valueBytes: 200 };

await runUntilInterrupted(async (signal) => {
  const { only, out, ...effort } = readClusterOptions(argv, {
    scenarios: scenarios.map(({ name }) => name),
    out: join(ROOT, 'docs/benchmarks/cluster-upstream'),
  });
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startRedisCluster({ primaries: SHARDS, replicasPerPrimary: 1 }));
  const { contenders, absent } = await startContenders(cluster, ROOT, stack);
  const ours = contenders.find(({ name }) => name === OURS);
  if (ours === undefined) throw new Error(`Cannot start ${OURS}: ${absent[OURS] ?? '?'}`);
  await fill(ours.address, [DATA]);

  const picked = scenarios.filter(({ name }) => only.includes(name));
  const versions = Object.fromEntries(contenders.map(({ name, version }) => [name, version]));
  const run: ClusterRun = {
    ...machineFacts(ROOT),
    ...effort,
    command: commandFact('npm run bench:cluster-upstream', argv),
    keys: DATA.count,
    versions: { ...versions, [SERVERS]: await redisVersion(cluster.nodes[0]!) },
    absent,
    scenarios: picked.map(({ name }) => name),
    ...(await measured()),
  };
  const report = clusterReport(run, out && (await notesBeside(out)));
  console.log(report);
  if (out !== null) await writeResults(out, { md: report, json: JSON.stringify(run) });

  async function measured() {
    using crowd = new Crowd(audiencesOf(contenders, cluster, SHARDS));
    const onProgress = (line: string) => console.error(line);
    return await runScenarios(cluster, crowd, { scenarios: picked, ...effort, signal, onProgress });
  }
});
