/** What a server pushes to a subscriber, read where it lies: `message`, `pmessage`, `subscribe`, … */
import { KINDS, VERBS, type Kind } from './kind.ts';
import { toName } from './name.ts';

export type PushFrame = {
  readonly what: 'message' | 'on' | 'off';
  readonly kind: Kind;
  /** What was subscribed to. */
  readonly name: string;
  /** Where the message was published: the name, except for a pattern. */
  readonly channel: string;
  readonly message: Uint8Array;
};

const DOLLAR = 0x24;
const CR = 0x0d;
const ZERO = 0x30;
const NOTHING = new Uint8Array();

const messageKinds: ReadonlyMap<string, Kind> = new Map([
  ['message', 'channel'],
  ['pmessage', 'pattern'],
  ['smessage', 'shardChannel'],
]);
const onKinds = new Map<string, Kind>(KINDS.map((kind) => [VERBS[kind].on, kind]));
const offKinds = new Map<string, Kind>(KINDS.map((kind) => [VERBS[kind].off, kind]));

/** Of a whole push frame; null: it is about something else. */
export function readPush(bytes: Uint8Array, start: number, end: number): PushFrame | null {
  const items = bulks(bytes, start, end);
  const text = (index: number): string => (items[index] === undefined ? '' : toName(items[index]));
  const verb = text(0);
  const kind = messageKinds.get(verb);
  const name = text(1);
  if (kind !== undefined) {
    const isPattern = kind === 'pattern';
    const channel = isPattern ? text(2) : name;
    return { what: 'message', kind, name, channel, message: items[isPattern ? 3 : 2] ?? NOTHING };
  }
  const change = { name, channel: name, message: NOTHING };
  const on = onKinds.get(verb);
  if (on !== undefined) return { what: 'on', kind: on, ...change };
  const off = offKinds.get(verb);
  return off === undefined ? null : { what: 'off', kind: off, ...change };
}

/** The bulk strings at the beginning of the frame; a subscription's count at its end is none. */
function bulks(bytes: Uint8Array, start: number, end: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = bytes.indexOf(CR, start) + 2;
  while (at < end && bytes[at] === DOLLAR) {
    let length = 0;
    for (at++; bytes[at] !== CR; at++) length = length * 10 + (bytes[at]! - ZERO);
    found.push(bytes.subarray(at + 2, at + 2 + length));
    at += length + 4;
  }
  return found;
}
