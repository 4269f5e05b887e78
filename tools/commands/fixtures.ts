/**
 * Asks a server for the keys of each request of the corpus, and writes the answers of all servers
 * side by side.
 */
import type { Ask, ServerName } from './servers.ts';

/** The keys, the error's text, or null where the server does not know the command. */
export type KeysAnswer = string[] | string | null;

const COLUMNS: readonly ServerName[] = ['redis7', 'redis8', 'valkey9'];
const IN_FLIGHT_MAX = 500;

export async function askKeys(ask: Ask, corpus: readonly string[][]): Promise<KeysAnswer[]> {
  const answers: KeysAnswer[] = [];
  for (let at = 0; at < corpus.length; at += IN_FLIGHT_MAX) {
    const batch = corpus.slice(at, at + IN_FLIGHT_MAX);
    const replies = await Promise.all(
      batch.map((request) => ask('COMMAND', 'GETKEYS', ...request)),
    );
    answers.push(...replies.map(toAnswer));
  }
  return answers;
}

/** One request per line: its words, then one answer per server. */
export function fixtureText(
  corpus: readonly string[][],
  answers: Record<ServerName, KeysAnswer[]>,
): string {
  const lines = corpus.map((request, i) =>
    JSON.stringify([request, ...COLUMNS.map((server) => answers[server][i])]),
  );
  return `[\n${lines.join(',\n')}\n]\n`;
}

function toAnswer(reply: unknown): KeysAnswer {
  if (!(reply instanceof Error)) return reply as string[];
  const text = reply.message.replace(/^ERR /, '');
  return text === 'Invalid command specified' ? null : text;
}
