/** What package.json files say, and what is imported, must be of one mind. */
import { isBuiltin } from 'node:module';
import { isSource, isTest, packageFolder, type Rule, type Tree } from './tree.ts';

type Manifest = {
  name: string;
  nx?: { tags?: string[] };
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};

/** By folder; '' is the root. */
function manifestsOf(tree: Tree): Map<string, Manifest> {
  const files = tree.filter(({ path }) =>
    /^(((apps|libs)\/[^/]+|tools)\/)?package\.json$/.test(path),
  );
  return new Map(
    files.map(({ path, text }) => [packageFolder(path), JSON.parse(text) as Manifest]),
  );
}

export const packageRules: Readonly<Record<string, Rule>> = {
  'packages have tags': (tree) =>
    [...manifestsOf(tree)].flatMap(([folder, { nx }]) => {
      const tags = nx?.tags ?? [];
      const has = (prefix: string) => tags.some((tag) => tag.startsWith(prefix));
      const wantsScope = tags.includes('type:app');
      if (folder === '' || (has('type:') && (!wantsScope || has('scope:')))) return [];
      return [
        `${folder}/package.json  want nx.tags with type:, and scope: for an app: boundaries go by them`,
      ];
    }),

  'folders have content': (tree) => {
    const folders = new Set(tree.map(({ path }) => packageFolder(path)).filter((folder) => folder));
    const isFull = (folder: string) =>
      tree.some(
        ({ path }) => path.startsWith(`${folder}/`) && !/\/(package|tsconfig)\.json$/.test(path),
      );
    return [...folders]
      .filter((folder) => !isFull(folder))
      .map((folder) => `${folder}  has no content: add the folder with the first file`);
  },

  'imports are declared': (tree) => {
    const manifests = manifestsOf(tree);
    return tree
      .filter(({ path }) => isSource(path) && packageFolder(path) !== '')
      .flatMap(({ path, text }) => {
        const own = manifests.get(packageFolder(path));
        const forTests = { ...own?.devDependencies, ...manifests.get('')?.devDependencies };
        const declared = { ...own?.dependencies, ...(isTest(path) ? forTests : {}) };
        return importedPackages(text)
          .filter((name) => !(name in declared))
          .map(
            (name) => `${path}  imports ${name}: declare it in ${packageFolder(path)}/package.json`,
          );
      });
  },

  'packages are no circle': (tree) => {
    const manifests = [...manifestsOf(tree).values()];
    const uses = new Map(
      manifests.map(({ name, dependencies }) => [name, Object.keys(dependencies ?? {})]),
    );
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      (uses.get(from) ?? []).some((next) => {
        if (next === to) return true;
        if (seen.has(next)) return false;
        return reaches(next, to, seen.add(next));
      });
    return manifests
      .filter(({ name }) => reaches(name, name))
      .map(
        ({ name }) => `${name}  depends on itself through others: move what both need into a lib`,
      );
  },

  'versions are exact': (tree) =>
    [...manifestsOf(tree)].flatMap(([folder, { dependencies, devDependencies }]) =>
      Object.entries({ ...dependencies, ...devDependencies })
        .filter(
          ([name, version]) => !name.startsWith('@keyfleet/') && !/^\d+\.\d+\.\d+/.test(version),
        )
        .map(([name, version]) => `${folder}/package.json  ${name} ${version}: pin one version`),
    ),
};

/** Runtime dependencies of what is deployed, by name. */
export function runtimeDependencies(tree: Tree): Set<string> {
  const deployed = [...manifestsOf(tree)].filter(([folder]) => /^(apps|libs)\//.test(folder));
  const names = deployed.flatMap(([, { dependencies }]) => Object.keys(dependencies ?? {}));
  return new Set(names.filter((name) => !name.startsWith('@keyfleet/')));
}

function importedPackages(text: string): string[] {
  const found = text.matchAll(
    /^(?:import '([^']+)'|(?:import|export)\b[^'";=(]* from '([^']+)')/gm,
  );
  const specifiers = [...found].map(([, alone, from]) => (alone ?? from)!);
  const names = specifiers
    .filter((name) => !name.startsWith('.') && !isBuiltin(name))
    .map(packageOf);
  return [...new Set(names)];
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
