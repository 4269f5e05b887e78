/** What ESLint does not see, or sees only in files that it is given. */
import { isSource, isTest, type Rule, type TrackedFile } from './tree.ts';

const LINES_MAX = 400;
const TEST_LINES_MAX = 800;
const FILE_BYTES_MAX = 1_000_000;

/** These files show what is banned. */
const isOurs = (path: string) => path.startsWith('tools/tidy');

type Ban = {
  pattern: RegExp;
  message: string;
  isFor: (path: string) => boolean;
  /** A line that the pattern matches and that may stay; `before` is the line above it. */
  unless?: (line: string, before: string) => boolean;
};

/** A rule that looks at each line of some files. */
function ban({ pattern, message, isFor, unless = () => false }: Ban): Rule {
  const linesOf = ({ path, text }: TrackedFile) => {
    const lines = text.split('\n');
    return lines.flatMap((line, at) =>
      pattern.test(line) && !unless(line, lines[at - 1] ?? '')
        ? [`${path}:${at + 1}  ${message}`]
        : [],
    );
  };
  return (tree) => tree.filter(({ path }) => isFor(path) && !isOurs(path)).flatMap(linesOf);
}

const hasComment = (line: string) => /\/\/\s*\S/.test(line);
const isScript = (path: string) => isSource(path) || /\.(mjs|js|sh|ya?ml)$/.test(path);
const mayReadEnvironment = (path: string) =>
  isTest(path) || /(^|\/)main\.ts$|^apps\/cli\/(bin\/|src\/supervisor\.ts$)/.test(path);

export const sourceRules: Readonly<Record<string, Rule>> = {
  'files are short': (tree) =>
    tree
      .filter(({ path }) => isSource(path))
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ path, lines }) => lines > linesMax(path))
      .map(
        ({ path, lines }) =>
          `${path}  ${lines} lines, want at most ${linesMax(path)}: split it by what it does`,
      ),

  'files are small': (tree) =>
    tree
      .filter(({ bytes }) => bytes > FILE_BYTES_MAX)
      .map(
        ({ path, bytes }) =>
          `${path}  ${bytes} bytes, want at most ${FILE_BYTES_MAX}: generate or fetch it`,
      ),

  'files are named after what they hold': (tree) =>
    tree
      .filter(({ path }) => /(^|[/.-])(utils?|helpers?|misc|common)([/.-])/.test(path))
      .map(({ path }) => `${path}  is banned as a name: name it after its main export`),

  'things are named after what they do': ban({
    pattern: /\b(function|class|const|let|type|interface)\s+\w*([uU]tils?|[hH]elpers?)\b/,
    message: 'util and helper are banned in names: say what it does',
    isFor: isSource,
  }),

  'exports have names': ban({
    pattern: /^\s*export default\b|\bas default\b/,
    message: 'a default export is banned: name what you export',
    isFor: (path) => isSource(path) && !/^[^/]+$|\/vitest\.config\.ts$/.test(path),
  }),

  'the environment is read in main': ban({
    pattern: /\bprocess\.env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/,
    message: 'process.env is banned here: read it in main.ts, as settings, and pass it down',
    isFor: (path) => isSource(path) && !mayReadEnvironment(path),
    // A child process gets it as it is.
    unless: (line) => line.includes('...process.env'),
  }),

  'only the command line prints': ban({
    pattern: /\bconsole\.\w+/,
    message: 'console is banned here: use the logger',
    isFor: (path) => isSource(path) && !isTest(path) && !path.startsWith('apps/cli/'),
  }),

  'what is left to do has an issue': ban({
    pattern: /\b(TODO|FIXME|XXX)\b/,
    message: 'a TODO without an issue is banned: write TODO(K12), or do it',
    isFor: isScript,
    unless: (line) => /\b(TODO|FIXME|XXX)\(K\d+\)/.test(line),
  }),

  'no test runs alone': ban({
    pattern: /\b(it|test|describe|bench)(\.\w+)*\.only\b/,
    message: '.only is banned: the other tests do not run',
    isFor: isSource,
  }),

  'a skipped test says why': ban({
    pattern: /\b(it|test|describe|bench)(\.\w+)*\.(skip|todo|fails)\b/,
    message:
      'a skipped test without a reason is banned: say why in a comment on this line or above',
    isFor: isSource,
    unless: (line, before) => hasComment(line) || hasComment(before),
  }),

  'relative imports name the file': ban({
    pattern: /(\bfrom|\bimport|\bimport\()\s*'\.{1,2}\/[^']*'/,
    message: 'a relative import without its extension is banned: Node.js wants .ts',
    isFor: isSource,
    unless: (line) => /'\.{1,2}\/[^']*\.(ts|mjs|json)'/.test(line),
  }),

  'no file names a package registry': ban({
    pattern:
      /registry\.(npmjs|yarnpkg)\.|npm\.pkg\.github|files\.pythonhosted|\bpypi\.org|proxy\.golang\.org|"resolved": "https?:|^\s*(@[\w-]+:)?registry\s*=/,
    message:
      'a registry is banned: whoever installs has their own; see omit-lockfile-registry-resolved in .npmrc',
    isFor: () => true,
  }),
};

function linesMax(path: string): number {
  return path.endsWith('.test.ts') ? TEST_LINES_MAX : LINES_MAX;
}
