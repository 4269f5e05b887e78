export type PrintLines = (name: string, lines: readonly string[]) => void;

/** Logs of the parts of a platform, wherever it is. */
export type LogSource = {
  /** The names that are known at the start; others may come. */
  readonly names: readonly string[];
  /** Prints until all is shown or, when it follows, until the signal aborts. */
  readonly run: (print: PrintLines, signal: AbortSignal) => Promise<void>;
};

/** Lines have the name of their log in front, unless there is only one. */
export async function logs({ names, run }: LogSource, signal: AbortSignal): Promise<number> {
  const width = Math.max(...names.map((name) => name.length));
  const isAlone = (name: string): boolean => names.length === 1 && name === names[0];
  await run((name, lines) => {
    const prefix = isAlone(name) ? '' : `${name.padEnd(width)} | `;
    for (const line of lines) process.stdout.write(`${prefix}${line}\n`);
  }, signal);
  return 0;
}
