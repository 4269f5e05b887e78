/** The password of a user, in a file: as a mounted secret is, and changed as that is. */
import { readFile, stat } from 'node:fs/promises';

const BYTES_MAX = 1024;

/** Without the line end that editors leave. Rejects with why it cannot be used; the message tells nothing of what it holds. */
export async function readPasswordFile(path: string): Promise<string> {
  const found = await stat(path);
  // To open a pipe would wait for somebody who writes into it.
  if (!found.isFile()) throw new Error(`${path} is no file`);
  if (found.size > BYTES_MAX) throw new Error(`${path} is longer than ${BYTES_MAX} bytes`);
  const password = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  if (password === '') throw new Error(`${path} is empty`);
  return password;
}
