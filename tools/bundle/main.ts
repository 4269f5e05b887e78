/**
 * `main.ts PROJECT_ROOT` writes all that an app needs besides Node.js into PROJECT_ROOT/dist: the target `bundle` of
 * nx.json.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const [projectRoot] = process.argv.slice(2);
if (projectRoot === undefined) throw new Error('Cannot bundle: no project, want its folder');
const dist = join(projectRoot, 'dist');
await bundle(projectRoot, join(dist, 'main.js'));

type Package = Readonly<Record<'name' | 'version' | 'type', string>>;
const text = await readFile(join(projectRoot, 'package.json'), 'utf8');
const { name, version, type } = JSON.parse(text) as Package;
// It says that main.js is a module, wherever the folder is copied to.
await writeFile(
  join(dist, 'package.json'),
  `${JSON.stringify({ name, version, type }, null, 2)}\n`,
);
