/** `main.ts PROJECT_ROOT` writes PROJECT_ROOT/dist/main.js: the target `bundle` of nx.json. */
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const [projectRoot] = process.argv.slice(2);
if (projectRoot === undefined) throw new Error('Cannot bundle: no project, want its folder');
await bundle(projectRoot, join(projectRoot, 'dist/main.js'));
