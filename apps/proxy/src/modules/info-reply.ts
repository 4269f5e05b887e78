/** The reply to COMMAND INFO of one name, in RESP2: maps and sets are lists there. */
import { foreignCommand, type Command, type CommandInfo } from '@keyfleet/commands';
import { decodeReply, type Reply } from '@keyfleet/resp';

const MAPS: ReadonlySet<string> = new Set(['begin_search', 'find_keys', 'spec']);
const FIELDS = 10;
const SPECS = 8;
const SUBCOMMANDS = 9;

/** Null: the server knows no such command, or tells of it in a way that is not known here. */
export function readInfo(name: string, reply: Uint8Array): Command | null {
  try {
    return commandOf(name, reply);
  } catch {
    // Of modules and newer servers nothing is certain, and a client can ask for any name.
    return null;
  }
}

function commandOf(name: string, reply: Uint8Array): Command | null {
  const [entry] = decodeReply(reply) as readonly Reply[];
  // A server that tells no key specifications is older than those that can be shards.
  if (!Array.isArray(entry) || entry.length < FIELDS) return null;
  return foreignCommand(name, infoOf(entry as readonly Reply[]));
}

function infoOf(entry: readonly Reply[]): CommandInfo {
  const fields = entry.map((field, i) => {
    if (i === SPECS) return (field as readonly Reply[]).map(mapOf);
    if (i === SUBCOMMANDS) return (field as readonly (readonly Reply[])[]).map(infoOf);
    return plain(field);
  });
  return fields as unknown as CommandInfo;
}

function mapOf(reply: Reply): Readonly<Record<string, unknown>> {
  const flat = reply as readonly Reply[];
  const fields: Record<string, unknown> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const field = flat[i] as string;
    const value = flat[i + 1]!;
    fields[field] = MAPS.has(field) ? mapOf(value) : plain(value);
  }
  return fields;
}

/** Words come as status replies or as bulks. */
function plain(reply: Reply): unknown {
  if (Array.isArray(reply)) return (reply as readonly Reply[]).map(plain);
  const isStatus = typeof reply === 'object' && reply !== null && 'text' in reply;
  return isStatus ? reply.text : reply;
}
