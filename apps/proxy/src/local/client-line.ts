/** A client as CLIENT LIST and CLIENT INFO show it (networking.c `catClientInfoString`). What a proxy has none of is 0. */
import type { Client } from '../downstream/client.ts';
import { shownUserName } from '../lobby/account.ts';
import { isNoTouch } from '../upstream/connection-class.ts';
import { MODE } from '../downstream/mode.ts';

/** What other parts of the proxy know of a client. */
export type ClientActivity = {
  readonly channels: number;
  readonly patterns: number;
  readonly shardChannels: number;
  /** Commands between MULTI and EXEC; -1: it is not between them. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly watchedKeys: number;
  readonly isBlocked: boolean;
  /** CLIENT TRACKING: its letters, and who is told instead; -1: it is off. */
  readonly trackingFlags: string;
  readonly redirect: number;
};

export const IDLE_ACTIVITY: ClientActivity = {
  channels: 0,
  patterns: 0,
  shardChannels: 0,
  queued: -1,
  queuedBytes: 0,
  watchedKeys: 0,
  isBlocked: false,
  trackingFlags: '',
  redirect: -1,
};

export function clientLine(client: Client, activity: ClientActivity, nowMs: number): string {
  const { facts, connection, request } = client;
  const secondsSince = (ms: number): number => Math.max(0, Math.floor((nowMs - ms) / 1000));
  const fields = {
    id: client.id,
    addr: connection.remoteAddress,
    laddr: connection.localAddress,
    fd: connection.descriptor,
    name: facts.name,
    age: secondsSince(facts.connectedAtMs),
    idle: secondsSince(facts.lastDataMs),
    flags: flagsOf(client, activity),
    db: client.database,
    sub: activity.channels,
    psub: activity.patterns,
    ssub: activity.shardChannels,
    multi: activity.queued,
    watch: activity.watchedKeys,
    qbuf: request.end - request.start + request.bufferedBytes,
    'qbuf-free': 0,
    'argv-mem': request.end - request.start,
    'multi-mem': activity.queuedBytes,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: connection.unsentBytes === 0 ? 0 : 1,
    omem: connection.unsentBytes,
    'tot-mem': client.heldBytes,
    events: 'r',
    cmd: facts.lastCommand?.name ?? 'NULL',
    user: shownUserName(facts.account),
    redir: activity.redirect,
    resp: client.respVersion,
    'lib-name': facts.libName,
    'lib-ver': facts.libVersion,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Letters of Redis: b blocked, e not to be closed for memory, O monitor, P subscriber, r READONLY, t tracking, T no touch, x in MULTI; N none. */
function flagsOf({ facts, mode, connectionClass }: Client, activity: ClientActivity): string {
  const { channels, patterns, shardChannels, queued, isBlocked, trackingFlags } = activity;
  const flags =
    ((mode & MODE.monitor) !== 0 ? 'O' : '') +
    (channels + patterns + shardChannels > 0 ? 'P' : '') +
    (queued >= 0 ? 'x' : '') +
    (isBlocked ? 'b' : '') +
    trackingFlags +
    (facts.reads?.wish === 'readonly' ? 'r' : '') +
    (facts.isNotEvicted ? 'e' : '') +
    (isNoTouch(connectionClass) ? 'T' : '');
  return flags === '' ? 'N' : flags;
}
