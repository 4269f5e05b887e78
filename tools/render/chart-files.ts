/** What is made of the chart and for it; committed, and compared by a test. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { NAMESPACE, RELEASE } from '../deploy/upgrade-arguments.ts';

export const CHART = 'deploy/chart';
const CRD = 'deploy/crd/redisclusters.yaml';

export const CHART_CRD = `${CHART}/files/redisclusters.yaml`;
export const RENDERED = 'deploy/rendered/keyfleet.yaml';

/**
 * The definition as the chart brings it. Not in its folder `crds`, which Helm never upgrades; so `helm uninstall` must
 * be told to keep it, and with it every cluster.
 */
export function chartCrd(repository: string): string {
  const definition = parseDocument(readFileSync(join(repository, CRD), 'utf8'));
  definition.setIn(['metadata', 'annotations', 'helm.sh/resource-policy'], 'keep');
  return `# Made of ${CRD} by npm run render.\n${definition.toString({ lineWidth: 0 })}`;
}

/** Plain manifests with the chart's own values, for those who have no Helm. */
export function renderedManifests(repository: string, helm: string): string {
  const namespace = `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${NAMESPACE}\n`;
  return `# Made of ${CHART} by npm run render: kubectl apply --server-side -f ${RENDERED}\n${namespace}${helmTemplate(repository, helm)}`;
}

/** Throws with what Helm says when it refuses. */
export function helmTemplate(
  repository: string,
  helm: string,
  args: readonly string[] = [],
): string {
  return execFileSync(helm, ['template', RELEASE, CHART, '--namespace', NAMESPACE, ...args], {
    cwd: repository,
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 2 ** 26,
  });
}
