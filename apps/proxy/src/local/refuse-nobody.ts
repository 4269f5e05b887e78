import type { Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { NO_AUTH } from '../lobby/credentials.ts';
import { isForbiddenToNobody } from '../lobby/nobody.ts';

/** Takes a command of a client that said RESET and not who it is since; false: it may have it. */
export function refuseNobody(client: Client, command: Command | undefined): boolean {
  if (!isForbiddenToNobody(command, client.request.count)) return false;
  client.answer(NO_AUTH);
  return true;
}
