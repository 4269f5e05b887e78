/** `npm run bench:memory`: resident memory of the proxy and its peers under many connections and under clients that do not read. */
import { join } from 'node:path';
import { commandFact, machineFacts, notesBeside, writeResults } from '@keyfleet/testkit';
import { candidatesOf } from '../candidates/candidates.ts';
import { runUntilInterrupted } from '../run/run-until-interrupted.ts';
import { measureMemory } from './measure-memory.ts';
import { memoryReport, type MemoryRun, type MemorySample } from './memory-report.ts';
import { readMemoryOptions, type MemoryOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../../..');
const argv = process.argv.slice(2);
const candidates = candidatesOf({ root: ROOT, beside: null }).filter(({ isProxy }) => isProxy);

await runUntilInterrupted(async (signal) => {
  const options = readMemoryOptions(argv, {
    candidates: candidates.map(({ name }) => name),
    out: join(ROOT, 'docs/benchmarks/memory'),
  });
  const measured = await measureAll(options, signal);
  const { rounds, connections, out } = options;
  const command = commandFact('npm run bench:memory', argv);
  const run: MemoryRun = { ...machineFacts(ROOT), command, rounds, connections, ...measured };
  const report = memoryReport(run, out && (await notesBeside(out)));
  console.log(report);
  if (out !== null) await writeResults(out, { md: report, json: JSON.stringify(run) });
});

async function measureAll({ rounds, connections, only }: MemoryOptions, signal: AbortSignal) {
  const versions: Record<string, string> = {};
  const absent: Record<string, string> = {};
  const samples: MemorySample[] = [];
  const picked = candidates.filter(({ name }) => only.includes(name));
  for (let round = 0; round < rounds; round++) {
    for (const { name, start } of picked) {
      console.error(`round ${round + 1} of ${rounds}: ${name}`);
      const measured = await measureMemory(start, { connections, signal });
      if ('absent' in measured) absent[name] = measured.absent;
      else {
        versions[name] = measured.version;
        samples.push({ round, candidate: name, ...measured.figures });
      }
    }
  }
  return { versions, absent, samples };
}
