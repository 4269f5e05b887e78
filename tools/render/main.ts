/** Writes what is made of the chart and for it (`npm run render`). Commit what it writes: a test compares. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findHelm } from '../deploy/helm.ts';
import { runMain } from '../image/run-command.ts';
import { CHART_CRD, chartCrd, RENDERED, renderedManifests } from './chart-files.ts';

const repository = join(import.meta.dirname, '../..');

runMain(() => {
  const helm = findHelm(repository);
  write(CHART_CRD, chartCrd(repository));
  write(RENDERED, renderedManifests(repository, helm));
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(repository, file)), { recursive: true });
  writeFileSync(join(repository, file), text);
  console.log(file);
}
