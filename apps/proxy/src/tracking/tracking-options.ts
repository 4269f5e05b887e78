/** CLIENT TRACKING: what is asked for, and whether it may be (networking.c `clientCommand`). */
import { encode, type RequestView } from '@keyfleet/resp';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';

export type TrackingOptions = {
  /** The client that is told instead; 0: itself. */
  readonly redirect: number;
  readonly isBroadcast: boolean;
  readonly isOptIn: boolean;
  readonly isOptOut: boolean;
  readonly isNoloop: boolean;
  /** One character per byte. */
  readonly prefixes: readonly string[];
};

type Parsed = { -readonly [Name in keyof TrackingOptions]: TrackingOptions[Name] } & {
  prefixes: string[];
};

const NOT_AN_INTEGER = encode.errorReply('ERR value is not an integer or out of range');
const TWO_REDIRECTS = encode.errorReply('ERR A client can only redirect to a single other client');
export const NOBODY_THERE = encode.errorReply(
  'ERR The client ID you want redirect to does not exist',
);
const PREFIX_ALONE = encode.errorReply('ERR PREFIX option requires BCAST mode to be enabled');
const OPT_WITH_BROADCAST = encode.errorReply('ERR OPTIN and OPTOUT are not compatible with BCAST');
const BOTH_OPTS = encode.errorReply("ERR You can't specify both OPTIN mode and OPTOUT mode");
const WHILE_ON =
  'mode before disabling tracking for this client, and then re-enabling it with a different mode.';
const SWITCHED_OPT = encode.errorReply(`ERR You can't switch OPTIN/OPTOUT ${WHILE_ON}`);
const SWITCHED_BROADCAST = encode.errorReply(
  `ERR You can't switch BCAST ${WHILE_ON.replace('mode', 'mode on/off')}`,
);

/** The options of a request, whether it turns tracking on or off; or the error for them. */
export function parseTracking(
  request: RequestView,
  isClient: (id: number) => boolean,
): TrackingOptions | Uint8Array {
  const parsed: Parsed = {
    redirect: 0,
    isBroadcast: false,
    isOptIn: false,
    isOptOut: false,
    isNoloop: false,
    prefixes: [],
  };
  for (let at = 3; at < request.count; at++) {
    const word = argumentText(request, at).toLowerCase();
    const hasValue = at + 1 < request.count;
    if (word === 'redirect' && hasValue) {
      const error = redirectTo(argumentText(request, ++at), parsed, isClient);
      if (error !== null) return error;
    } else if (word === 'prefix' && hasValue) parsed.prefixes.push(argumentBytes(request, ++at));
    else if (!setFlag(word, parsed)) return errors.syntax;
  }
  return parsed;
}

function redirectTo(
  text: string,
  parsed: Parsed,
  isClient: (id: number) => boolean,
): Uint8Array | null {
  if (parsed.redirect !== 0) return TWO_REDIRECTS;
  if (!/^(0|-?[1-9]\d{0,17})$/.test(text)) return NOT_AN_INTEGER;
  parsed.redirect = Number(text);
  return isClient(parsed.redirect) ? null : NOBODY_THERE;
}

function setFlag(word: string, parsed: Parsed): boolean {
  if (word === 'bcast') parsed.isBroadcast = true;
  else if (word === 'optin') parsed.isOptIn = true;
  else if (word === 'optout') parsed.isOptOut = true;
  else if (word === 'noloop') parsed.isNoloop = true;
  else return false;
  return true;
}

function argumentBytes({ bytes, offsets }: RequestView, index: number): string {
  return Buffer.from(bytes.subarray(offsets[2 * index], offsets[2 * index + 1])).toString('latin1');
}

/** Why `wanted` may not be turned on, after `present` if it is on already; null: it may. */
export function conflict(
  wanted: TrackingOptions,
  present: TrackingOptions | null,
): Uint8Array | null {
  const { isBroadcast, isOptIn, isOptOut, prefixes } = wanted;
  const rules: [boolean, Uint8Array][] = [
    [!isBroadcast && prefixes.length > 0, PREFIX_ALONE],
    [present !== null && present.isBroadcast !== isBroadcast, SWITCHED_BROADCAST],
    [isBroadcast && (isOptIn || isOptOut), OPT_WITH_BROADCAST],
    [isOptIn && isOptOut, BOTH_OPTS],
    [isOptSwitched(wanted, present), SWITCHED_OPT],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) return broken[1];
  return isBroadcast ? overlap(prefixes, present?.prefixes ?? []) : null;
}

function isOptSwitched(wanted: TrackingOptions, present: TrackingOptions | null): boolean {
  if (present === null) return false;
  return (wanted.isOptIn && present.isOptOut) || (wanted.isOptOut && present.isOptIn);
}

/** tracking.c `checkPrefixCollisionsOrReply`. */
function overlap(wanted: readonly string[], present: readonly string[]): Uint8Array | null {
  for (const [at, prefix] of wanted.entries()) {
    const existing = present.find((other) => overlaps(prefix, other));
    if (existing !== undefined) return overlapError(prefix, `an existing prefix '${existing}'`);
    const other = wanted.slice(at + 1).find((later) => overlaps(prefix, later));
    if (other !== undefined) return overlapError(prefix, `another provided prefix '${other}'`);
  }
  return null;
}

function overlaps(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function overlapError(prefix: string, what: string): Uint8Array {
  const text = `-ERR Prefix '${prefix}' overlaps with ${what}. Prefixes for a single client must not overlap.`;
  return Buffer.from(`${text.replaceAll(/[\r\n]/g, ' ')}\r\n`, 'latin1');
}

/** Prefixes add up as long as tracking is on; without any it is of all keys. */
export function merged(wanted: TrackingOptions, present: TrackingOptions | null): TrackingOptions {
  if (!wanted.isBroadcast) return wanted;
  const added = wanted.prefixes.length === 0 ? [''] : wanted.prefixes;
  const prefixes = [...new Set([...(present?.prefixes ?? []), ...added])].sort();
  return { ...wanted, prefixes };
}
