import type { Value } from './vocabulary.ts';

/** As redis-cli takes it. */
export function written(words: readonly Value[]): string {
  return words.map(writtenWord).join(' ');
}

function writtenWord(word: Value): string {
  const text = typeof word === 'string' ? word : Buffer.from(word).toString('latin1');
  if (/^[\w{}:.*$>+|(\[-]+$/.test(text)) return text;
  const escaped = text.replaceAll(/[^ -~]|["\\]/g, (one) =>
    one === '"' || one === '\\'
      ? `\\${one}`
      : `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}
