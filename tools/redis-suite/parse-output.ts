/** Reads what `runtest` prints. Pure. */
import type { TestOutcome, Verdict } from './outcome.ts';

export type Output = {
  readonly tests: readonly TestOutcome[];
  /** The test that stood still when the suite's own time limit came. */
  readonly hung: string | null;
  /** What ended the run before its unit was done. */
  readonly exception: string | null;
};

const verdicts: Readonly<Record<string, Verdict>> = {
  ok: 'passed',
  err: 'failed',
  skip: 'skipped',
  ignore: 'ignored',
};
/** Colours of a terminal. */
const ESCAPES = /\u001b\[[\d;]*m/g;
const ENTRY = /^\[(ok|err|skip|ignore|exception|TIMEOUT|ready|testing|\d+\/\d+ done)\]: ?(.*)$/;
const END = /^ +The End$/;
const IN_PROGRESS = / => \(IN PROGRESS\) (.*)$/;
/** Of groups that a tag leaves out, only the reason is printed. */
const GROUP = /^(Tag: |Not supported |large memory flag )/;

type Entry = { readonly kind: string; readonly lines: string[] };

export function parseOutput(text: string): Output {
  const entries = entriesOf(text);
  const tests = entries.flatMap(testOf);
  const timeout = entries.find(({ kind }) => kind === 'TIMEOUT');
  const exception = entries.find(({ kind }) => kind === 'exception');
  const inProgress = timeout?.lines.map((line) => IN_PROGRESS.exec(line)?.[1]).find(Boolean);
  const isDone = entries.some(({ kind }) => kind.endsWith(' done'));
  return {
    tests,
    hung: inProgress ?? null,
    exception: isDone || inProgress ? null : messageOf(exception ?? timeout, text),
  };
}

function messageOf(entry: Entry | undefined, text: string): string {
  if (entry !== undefined) return entry.lines.slice(0, 4).join(' ');
  const last = text.trimEnd().split('\n').slice(-4).join(' ');
  return `it printed no end, but ${JSON.stringify(last)}`;
}

/** A message goes on in the lines that begin with no other. */
function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of text.replaceAll(ESCAPES, '').split('\n')) {
    if (END.test(line)) break;
    const [, kind, rest] = ENTRY.exec(line) ?? [];
    if (kind !== undefined) entries.push({ kind, lines: [rest!] });
    else entries.at(-1)?.lines.push(line);
  }
  return entries;
}

function testOf({ kind, lines }: Entry): TestOutcome[] {
  const verdict = verdicts[kind];
  if (verdict === undefined) return [];
  const [first, ...rest] = lines;
  switch (verdict) {
    case 'passed':
      return [{ name: first!.replace(/ \(\d+ ms\)$/, ''), verdict, because: '' }];
    case 'failed':
      return [failed(first!, rest)];
    case 'ignored':
      return ignored(first!);
    default:
      return [{ name: first!, verdict, because: '' }];
  }
}

/** Outside of a test, what goes wrong has no name. */
function failed(first: string, rest: readonly string[]): TestOutcome {
  const [, name] = /^(.*) in tests\/\S+\.tcl$/.exec(first) ?? [];
  const because = (name === undefined ? [first, ...rest] : rest).filter(Boolean).slice(0, 4);
  return { name: name ?? OUTSIDE, verdict: 'failed', because: because.join(' ').slice(0, 500) };
}

/** The rest of a block of tests is not run when something between two tests goes wrong. */
export const OUTSIDE = '(between tests)';

function ignored(first: string): TestOutcome[] {
  const [, name, because] =
    /^(.*): ((?:Tag: |Not supported |large memory flag ).*)$/.exec(first) ?? [];
  if (GROUP.test(first) || name === undefined) return [];
  return [{ name, verdict: 'ignored', because: because! }];
}
