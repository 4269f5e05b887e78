/** What a command prints, and the code the process ends with. */
export type Answer = {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode: number;
};

export function giveAnswer({ stdout = '', stderr = '', exitCode }: Answer): void {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  // Not at once: what goes into a pipe may still be on its way.
  process.exitCode = exitCode;
}
