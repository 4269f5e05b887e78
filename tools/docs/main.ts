/** Writes the generated reference (`npm run docs`). Commit what it writes: the tidy test compares. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages } from './pages.ts';

const root = join(import.meta.dirname, '../..');
for (const [file, textOf] of Object.entries(pages)) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), textOf());
  console.log(file);
}
