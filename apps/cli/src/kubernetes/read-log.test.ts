import { expect, it } from 'vitest';
import { LogError } from './open-log.ts';
import { readLog } from './read-log.ts';

const gone = 'unable to retrieve container logs for containerd://b6d5';
const line = (second: number, text: string) => `2026-11-22T00:00:0${second}.000000000Z ${text}\n`;

/** What the kubelet answers, try after try; the last answer is its word for ever. */
async function read(answers: readonly (string | LogError)[]) {
  const printed: string[] = [];
  const left = [...answers];
  let tries = 0;
  const open = async (): Promise<AsyncIterable<Uint8Array>> => {
    tries++;
    const answer = left.length > 1 ? left.shift()! : left[0]!;
    if (answer instanceof LogError) throw answer;
    return Promise.resolve(ReadableStream.from([Buffer.from(answer)]));
  };
  const print = (lines: readonly string[]): void => void printed.push(...lines);
  const failure = await readLog({ open, print, pause: () => Promise.resolve() }).then(
    () => null,
    (error: unknown) => error,
  );
  return { printed, tries, failure };
}

it('tries again when the kubelet has lost the log for a moment', async () => {
  const outcome = await read([gone, gone, line(1, 'last words')]);
  expect(outcome).toEqual({ printed: ['last words'], tries: 3, failure: null });
});

it('fails with the word of the kubelet when it has lost the log for good', async () => {
  const { printed, tries, failure } = await read([gone]);
  expect(failure).toBeInstanceOf(LogError);
  expect(failure).toMatchObject({ message: gone });
  expect({ printed, tries }).toEqual({ printed: [], tries: 5 });
});

it('shows what there was before the kubelet lost the rest, once', async () => {
  const { printed, failure } = await read([
    line(1, 'a') + gone,
    line(1, 'a') + line(2, 'b') + gone,
  ]);
  expect(printed).toEqual(['a', 'b']);
  expect(failure).toMatchObject({ message: gone });
});

it('does not try again what the API server refuses', async () => {
  const refusal = new LogError('previous terminated container not found', 400);
  expect(await read([refusal])).toEqual({ printed: [], tries: 1, failure: refusal });
});
