/** The tests of a file are the steps of one story, told in namespaces of its own. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { collectArtifacts } from './artifacts.ts';
import { Namespace } from './namespace.ts';

/**
 * Makes a namespace for each name, and takes it away at the end. After the first step that fails, which leaves its
 * artifacts, the others are skipped: they would only fail because of it.
 */
export function useStory<Name extends string>(
  ...names: readonly Name[]
): Readonly<Record<Name, Namespace>> {
  const id = crypto.randomUUID().slice(0, 6);
  const namespaces = names.map((name) => new Namespace(`e2e-${name}-${id}`));
  let failed: string | undefined;
  beforeAll(async () => {
    for (const namespace of namespaces) await namespace.create();
  });
  beforeEach(({ skip, task, onTestFailed }) => {
    if (failed !== undefined) skip(`an earlier step failed: ${failed}`);
    onTestFailed(async () => {
      failed = task.name;
      const folder = await collectArtifacts(
        task.name,
        namespaces.map((namespace) => namespace.name),
      );
      process.stderr.write(`Logs, Events and objects are in ${folder}\n`);
    });
  });
  afterAll(async () => {
    await Promise.all(namespaces.map((namespace) => namespace.remove()));
  });
  const byName = names.map((name, index) => [name, namespaces[index]]);
  return Object.fromEntries(byName) as Record<Name, Namespace>;
}
