import { pages } from '../docs/pages.ts';
import { runtimeDependencies } from './package-rules.ts';
import type { Rule, Tree } from './tree.ts';

const ADR_HEADINGS = ['Context', 'Decision', 'Alternatives', 'Consequences'];
const DEPENDENCIES = 'docs/dependencies.md';

export const docsRules: Readonly<Record<string, Rule>> = {
  'decisions are numbered without gaps': (tree) =>
    adrsOf(tree)
      .map(({ path }, at) => ({ path, want: String(at + 1).padStart(4, '0') }))
      .filter(({ path, want }) => !path.startsWith(`docs/adr/${want}-`))
      .map(
        ({ path, want }) => `${path}  want number ${want}: numbers have no gaps and are used once`,
      ),

  'decisions say what else was possible': (tree) =>
    adrsOf(tree).flatMap(({ path, text }) => {
      const headings = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]!);
      const missing = ADR_HEADINGS.filter((heading) => !headings.includes(heading));
      return missing.length === 0 ? [] : [`${path}  want the headings ${missing.join(', ')}`];
    }),

  'the generated reference is fresh': (tree) =>
    Object.entries(pages)
      .filter(([file, textOf]) => textIn(tree, file) !== textOf())
      .map(([file]) => `${file}  is not what its source says now: npm run docs`),

  'dependencies have a reason': (tree) => {
    const used = runtimeDependencies(tree);
    const rows = (textIn(tree, DEPENDENCIES) ?? '').matchAll(/^\| `([^`]+)`/gm);
    const explained = new Set([...rows].map((match) => match[1]!));
    return [
      ...[...used]
        .filter((name) => !explained.has(name))
        .map((name) => `${name}  is new: give its reason in ${DEPENDENCIES}`),
      ...[...explained]
        .filter((name) => !used.has(name))
        .map((name) => `${name}  is not used: take it out of ${DEPENDENCIES}`),
    ];
  },
};

function adrsOf(tree: Tree): Tree {
  return tree.filter(({ path }) => path.startsWith('docs/adr/') && path.endsWith('.md'));
}

function textIn(tree: Tree, path: string): string | undefined {
  return tree.find((file) => file.path === path)?.text;
}
