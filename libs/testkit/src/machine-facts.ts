import { execFileSync } from 'node:child_process';
import { cpus, release, type } from 'node:os';

export type MachineFacts = {
  readonly date: string;
  readonly machine: string;
  readonly commit: string;
};

/** When, where and of what: without it a figure says nothing. */
export function machineFacts(root: string): MachineFacts {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? '?'}, ${type()} ${release()}`,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root })
      .toString()
      .trim(),
  };
}

/** What to type to repeat it. */
export function commandFact(script: string, argv: readonly string[]): string {
  const args = argv.map((arg) => (/[^\w./,=-]/.test(arg) ? `'${arg}'` : arg));
  return args.length === 0 ? script : [script, '--', ...args].join(' ');
}
