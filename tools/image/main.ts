/**
 * `main.ts apps/proxy` makes the image `keyfleet/proxy` of the bundle in apps/proxy/dist: the target `image` of nx.json.
 * NODE_IMAGE is the image that it stands on, IMAGE_REGISTRY goes before its name.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { appImages, type AppImage } from './app-images.ts';
import { buildArguments } from './build-arguments.ts';
import { CommandError, outputIfAny, outputOf, runCommand, runMain } from './run-command.ts';

const repository = join(import.meta.dirname, '../..');
process.chdir(repository);
const { NODE_IMAGE = '', IMAGE_REGISTRY = '' } = process.env;

runMain(() => {
  const image = imageOf(process.argv[2] ?? '');
  if (!existsSync(`apps/${image.app}/dist/main.js`)) {
    const want = `want its bundle: npx nx run @keyfleet/${image.app}:image makes both`;
    throw new CommandError(`Cannot make the image of ${image.app}: no dist, ${want}`);
  }
  const origin = { nodeImage: NODE_IMAGE, revision: revisionOf(), source: sourceOf() };
  runCommand('docker', buildArguments(image, origin));
  console.log(`${image.reference}  ${megabytes(image)}`);
});

function imageOf(project: string): AppImage {
  const images = appImages(repository, IMAGE_REGISTRY);
  const found = images.find(({ app }) => app === basename(project));
  if (found) return found;
  const want = images.map(({ app }) => `apps/${app}`).join(', ');
  throw new CommandError(`Cannot make the image of "${project}": no such app, want one of ${want}`);
}

function revisionOf(): string {
  return (
    outputIfAny('git', ['describe', '--always', '--abbrev=40', '--dirty', '--exclude=*']) ?? ''
  );
}

/** Without the credentials that a remote's URL may have. */
function sourceOf(): string {
  const remote = outputIfAny('git', ['remote', 'get-url', 'origin']) ?? '';
  return remote.replace(/\/\/[^@/]*@/, '//');
}

function megabytes({ reference }: AppImage): string {
  const bytes = Number(outputOf('docker', ['image', 'inspect', '--format={{.Size}}', reference]));
  return `${Math.round(bytes / 1e6)} MB`;
}
