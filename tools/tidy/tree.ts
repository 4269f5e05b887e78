import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type TrackedFile = {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
};
export type Tree = readonly TrackedFile[];

/** Says what is wrong, a line each: where, what, and what to do instead. */
export type Rule = (tree: Tree) => string[];

/** All that git tracks, as it is on the disk now. */
export function readTree(root: string): Tree {
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => {
      const content = readFileSync(join(root, path));
      return { path, text: content.toString('utf8'), bytes: content.length };
    });
}

export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return Object.entries(files).map(([path, text]) => ({ path, text, bytes: text.length }));
}

/** Our own TypeScript: neither generated nor a fixture. */
export function isSource(path: string): boolean {
  return path.endsWith('.ts') && !/(^|\/)(generated|fixtures)\//.test(path);
}

/** Tests, what supports them, and files that only tools read. */
export function isTest(path: string): boolean {
  const isSupport =
    /(^|\/)testing\/|^apps\/e2e\/|^libs\/(testkit|store-conformance)\/|^tools\/|^[^/]+$/.test(path);
  return isSupport || /\.(test|bench|apiserver)\.ts$/.test(path);
}

/** The folder of the package that a file belongs to: `apps/x`, `libs/x`, `tools`, or '' for the root. */
export function packageFolder(path: string): string {
  return /^((apps|libs)\/[^/]+|tools)(?=\/)/.exec(path)?.[0] ?? '';
}
