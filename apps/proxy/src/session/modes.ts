/** Commands of clients that are in the middle of something: which part of the proxy has a say first. */
import type { Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';

/** True: it answered the client's request, took it, or made it wait. */
export type TakeInMode = (client: Client, command: Command | undefined) => boolean;

type Takers = Readonly<Record<'nobody' | 'queueing' | 'subscribed' | 'paused', TakeInMode>> & {
  /** Only looks, but for what has to wait. */
  readonly tracking: TakeInMode;
  /** The same. */
  readonly reads: TakeInMode;
  /** Only looks. */
  readonly monitored: (client: Client, command: Command | undefined) => void;
};

function hasToWait(takers: Takers, client: Client, command: Command | undefined): boolean {
  const { mode } = client;
  if ((mode & MODE.tracking) !== 0 && takers.tracking(client, command)) return true;
  return (mode & MODE.reads) !== 0 && takers.reads(client, command);
}

export function takeInModes(takers: Takers): TakeInMode {
  return (client, command) => {
    const { mode } = client;
    if ((mode & MODE.nobody) !== 0 && takers.nobody(client, command)) return true;
    if ((mode & MODE.paused) !== 0 && takers.paused(client, command)) return true;
    if ((mode & MODE.monitored) !== 0) takers.monitored(client, command);
    const isSubscribing = (mode & (MODE.subscribed | MODE.confirming)) !== 0;
    if (isSubscribing && takers.subscribed(client, command)) return true;
    if (hasToWait(takers, client, command)) return true;
    return (mode & MODE.queueing) !== 0 && takers.queueing(client, command);
  };
}
