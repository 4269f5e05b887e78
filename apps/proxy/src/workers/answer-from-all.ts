import type { Client } from '../downstream/client.ts';
import type { Answer, Asked, Processes, Topic } from './processes.ts';

/**
 * Answers the client's current request with what `replyOf` makes of the answers of all processes, and lets nothing of the
 * client go before that. Inside a transaction there is no time for the others: they do what they are told, and the answer
 * is this process's.
 */
export function answerFromAll<T extends Topic>(
  client: Client,
  processes: Processes,
  [about, asked]: readonly [T, Asked<T>],
  replyOf: (answers: readonly Answer<T>[]) => Uint8Array,
): void {
  if (client.captured !== undefined) return client.answer(replyOf([processes.tell(about, asked)]));
  let isWithinCall = true;
  let token: number | null = null;
  processes.ask(about, asked, (answers) => {
    const reply = replyOf(answers);
    if (token !== null) return client.onReply(token, reply, 0, reply.length);
    client.answer(reply);
    isWithinCall = false;
  });
  if (!isWithinCall) return;
  token = client.reserve();
  client.stayAlone();
}
