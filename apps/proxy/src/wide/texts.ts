/** Reports that are prose: of each shard its own, once where all say the same. */
import { decodeReply, encodeReply } from '@keyfleet/resp';
import type { Join } from './broadcast.ts';
import { textOf } from './fields.ts';

export const joinTexts: Join = (answers, client) => {
  const texts = answers.map(({ reply }) => textOf(decodeReply(reply)));
  if (new Set(texts).size === 1) return answers[0]!.reply;
  const text = answers.map(({ shard }, i) => `# ${shard.id}\n${texts[i]!.trimEnd()}\n`).join('\n');
  return encodeReply({ type: 'verbatim', format: 'txt', text }, client.respVersion);
};
