import { commands, type Command } from '@keyfleet/commands';
import { dispositionOf, type Disposition } from './app-tables.ts';
import { code, page, table } from './markdown.ts';

const meaning: Record<Disposition, string> = {
  oneKey: 'forwarded',
  sameSlot: 'same slot',
  split: 'split by shard',
  own: 'answered by the proxy',
  refused: 'not supported yet',
};

export function commandsPage(): string {
  const rows = commands
    .filter(isRequest)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((command) => [
      code(command.name.replace('|', ' ').toUpperCase()),
      whatIsDone(command),
      command.servers.join(' '),
    ]);
  return page(
    'Commands through the proxy',
    'libs/commands and apps/proxy/src/route/disposition.ts',
    '“forwarded”: to the shard of its key; “same slot”: likewise, and all its keys must share a slot (`CROSSSLOT` otherwise); “split by shard”: its keys may lie anywhere.',
    table(['command', 'what the proxy does', 'known to'], rows),
  );
}

/** A container such as CONFIG is a command only with one of its subcommands. */
function isRequest(command: Command): boolean {
  return command.subcommands.length === 0 || dispositionOf(command) !== 'refused';
}

function whatIsDone(command: Command): string {
  return meaning[dispositionOf(command)];
}
