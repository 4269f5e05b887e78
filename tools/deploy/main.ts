/**
 * Installs what was built here into the current context of kubectl: the target `deploy` of nx.json.
 * IMAGE_REGISTRY is where images are pushed to unless it is a kind cluster, KEYFLEET_VALUES a file of the chart's values.
 */
import { join } from 'node:path';
import { appImages, type AppImage } from '../image/app-images.ts';
import { CommandError, outputIfAny, outputOf, runCommand, runMain } from '../image/run-command.ts';
import { destinationOf } from './destination.ts';
import { findHelm } from './helm.ts';
import { sendImages } from './send-images.ts';
import { NAMESPACE, upgradeArguments } from './upgrade-arguments.ts';

const repository = join(import.meta.dirname, '../..');
process.chdir(repository);
const { IMAGE_REGISTRY: registry = '', KEYFLEET_VALUES: valuesFile = '' } = process.env;

runMain(() => {
  const helm = findHelm(repository);
  const context = outputOf('kubectl', ['config', 'current-context']);
  const destination = destinationOf(context, registry);
  const images = appImages(repository, registry).map((image) => ({ ...image, id: idOf(image) }));
  sendImages(destination, images);
  const imageIds = Object.fromEntries(images.map(({ app, id }) => [app, id]));
  install(helm, upgradeArguments({ context, registry, valuesFile, imageIds }), context);
});

function idOf({ reference }: AppImage): string {
  return outputOf('docker', ['image', 'inspect', '--format={{.Id}}', reference]);
}

function install(helm: string, args: readonly string[], context: string): void {
  try {
    runCommand(helm, args);
  } catch (error) {
    // Helm only says that it waited too long.
    const pods = ['--context', context, '--namespace', NAMESPACE, 'get', 'pods', '-o', 'wide'];
    if (error instanceof CommandError) console.error(outputIfAny('kubectl', pods));
    throw error;
  }
}
