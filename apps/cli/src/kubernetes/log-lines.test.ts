import { expect, it } from 'vitest';
import { linesOfLog, LogPosition, wholeLines } from './log-lines.ts';

const at = (second: number) => `2026-11-22T00:00:0${second}.000000000Z`;

it('takes the time off, and takes no line twice', () => {
  const position = new LogPosition();
  expect(position.take([`${at(1)} a b`, `${at(2)} `, at(3)])).toEqual(['a b', '', '']);
  expect(position.take([`${at(2)} again`, `${at(3)} again`, `${at(4)} new`])).toEqual(['new']);
  expect(position.at).toBe(at(4));
});

async function allLines(chunks: readonly Uint8Array[]): Promise<string[]> {
  const found: string[] = [];
  for await (const lines of wholeLines(ReadableStream.from(chunks))) found.push(...lines);
  return found;
}

const bytes = Buffer.from('one\ntwö\n\nlast');

async function linesOf(sizes: number): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += sizes)
    chunks.push(bytes.subarray(from, from + sizes));
  return allLines(chunks);
}

it('finds the same lines wherever the bytes are cut', async () => {
  for (let sizes = 1; sizes <= bytes.length; sizes++)
    expect(await linesOf(sizes)).toEqual(['one', 'twö', '', 'last']);
});

it('cuts a line that nobody would read', async () => {
  const long = Buffer.from(`${'x'.repeat(3_000_000)}\nnext\n`);
  const found = await allLines([long.subarray(0, 2e6), long.subarray(2e6)]);
  expect(found.map(({ length }) => length)).toEqual([1024 * 1024 + 1_000_000, 4]);
});

it.each<[string, string, string[]]>([
  ['alone', 'unable to retrieve container logs for containerd://b6d5', []],
  [
    'after lines',
    `${at(1)} a\n${at(2)} b\nfailed to watch file: too many open files\n`,
    ['a', 'b'],
  ],
])('does not take the word of the kubelet for a line of the log: %s', async (_name, body, want) => {
  const found: string[] = [];
  const reading = (async () => {
    for await (const lines of linesOfLog(ReadableStream.from([Buffer.from(body)])))
      found.push(...new LogPosition().take(lines));
  })();
  await expect(reading).rejects.toMatchObject({ code: 'LOG', isInsteadOfLog: true });
  expect(found).toEqual(want);
});

it('leaves a log as it is', async () => {
  const found: string[] = [];
  const body = `${at(1)} a\n${at(2).replace('Z', '+01:00')} \n`;
  for await (const lines of linesOfLog(ReadableStream.from([Buffer.from(body)])))
    found.push(...lines);
  expect(found.join('\n')).toBe(body.trimEnd() + ' ');
});
