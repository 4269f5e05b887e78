import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';

/** Texts by the ending of their file; null: no such file. */
export type Results = Readonly<Record<string, string | null>>;

export async function writeResults(out: string, results: Results): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  for (const [ending, text] of Object.entries(results)) {
    if (text === null) continue;
    const filepath = `${out}.${ending}`;
    await writeFile(filepath, ending === 'svg' ? text : await formatted(filepath, text));
    process.stderr.write(`written: ${relative(process.cwd(), filepath)}\n`);
  }
}

async function formatted(filepath: string, text: string): Promise<string> {
  const config = await resolveConfig(filepath);
  return format(text, { ...config, filepath });
}

/** `OUT.notes.md`: what people wrote about a run becomes part of its report. */
export async function notesBeside(out: string): Promise<string | null> {
  try {
    return await readFile(`${out}.notes.md`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
