/** READONLY and READWRITE, and what else of a client's commands decides where its reads go. */
import { commands, type Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { dispositions } from '../route/disposition.ts';
import { OK } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import type { ReadWish } from './read-policy.ts';
import type { ReplicaReads } from './replica-reads.ts';

/** They may write, and have a handler of ours, which goes its own way to the servers. */
const mayWrite: readonly boolean[] = commands.map(
  ({ index, name, isWrite }) =>
    dispositions[index] === 'own' &&
    (isWrite || ['eval', 'evalsha', 'exec', 'fcall'].includes(name)),
);

export function readHandlers(reads: Pick<ReplicaReads, 'wish'>): Handlers {
  const wish = (client: Client, what: ReadWish): void => {
    // What it wrote must not be read behind, and what it reads must not be written before.
    if (!client.isQuietOrWaits()) return;
    reads.wish(client, what);
    client.answer(OK);
  };
  return [
    ['readonly', (client) => wish(client, 'readonly')],
    ['readwrite', (client) => wish(client, 'readwrite')],
  ];
}

/** Looks at the next request of a client that may read from replicas. True: it waits. */
export function takeForReads(
  reads: Pick<ReplicaReads, 'admitAnyWrite'>,
  client: Client,
  command: Command | undefined,
): boolean {
  if (command === undefined) return false;
  const isQueued = (client.mode & MODE.queueing) !== 0 && command.name !== 'exec';
  if (isQueued) return false;
  if (command.name === 'watch') client.facts.reads!.mayWatch = true;
  return mayWrite[command.index] === true && !reads.admitAnyWrite(client);
}
