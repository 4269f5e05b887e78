/** Replies of members, which are texts with a character per byte. */
import type { RespVersion } from '@keyfleet/resp';
import { scoreText, type ScoreStyle } from './score-text.ts';

export type ReplyStyle = { readonly version: RespVersion; readonly scores: ScoreStyle };

/** In no order: a set, which RESP2 calls an array. */
export function setReply(members: Iterable<string>, count: number, style: ReplyStyle): Uint8Array {
  let text = `${style.version === 2 ? '*' : '~'}${count}\r\n`;
  for (const member of members) text += bulk(member);
  return Buffer.from(text, 'latin1');
}

export function listReply(members: readonly string[]): Uint8Array {
  return Buffer.from(`*${members.length}\r\n${members.map(bulk).join('')}`, 'latin1');
}

/** RESP3 has pairs, and a type for scores. */
export function scoredReply(
  ordered: readonly (readonly [member: string, score: number])[],
  { version, scores }: ReplyStyle,
): Uint8Array {
  const texts = ordered.map(([member, score]) => {
    const text = scoreText(score, scores);
    return version === 2 ? bulk(member) + bulk(text) : `*2\r\n${bulk(member)},${text}\r\n`;
  });
  const count = version === 2 ? 2 * texts.length : texts.length;
  return Buffer.from(`*${count}\r\n${texts.join('')}`, 'latin1');
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}
