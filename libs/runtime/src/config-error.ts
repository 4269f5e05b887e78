/** Settings that cannot be used; the message shows every mistake at once. Exit code 78 (EX_CONFIG). */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
  readonly exitCode = 78;
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    const count =
      mistakes.length === 1 ? '1 setting is wrong' : `${mistakes.length} settings are wrong`;
    super(`Cannot start: ${count}\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/** What is wrong, collected, so that one start shows all of it. The same mistake is shown once. */
export class Mistakes {
  readonly #lines = new Set<string>();

  /** `line`: of the file, where it is known. */
  add(name: string, what: string, line?: number): void {
    this.#lines.add(`${name}  ${what}${line === undefined ? '' : ` (line ${line})`}`);
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }

  /** Throws ConfigError. */
  throwIfAny(): void {
    if (this.#lines.size > 0) throw new ConfigError(this.lines);
  }
}
