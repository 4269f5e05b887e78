/**
 * The first exchange on an upstream connection: the password, protocol version, a name, and the proof of who answers, as
 * far as the kind of upstream has one. What a server may deny (a name, its version; ElastiCache denies CONFIG and more) is
 * no obstacle.
 */
import {
  databaseOf,
  isNoTouch,
  isReceiver,
  trackingRequest,
  versionOf,
  type ConnectionClass,
} from './connection-class.ts';
import { decodeReply, encodeCommand } from '@keyfleet/resp';
import { isBusyError } from './busy-error.ts';
import { authCommand, withoutPassword, type Credentials } from './credentials.ts';
import type { UpstreamTraits } from './upstream-kind.ts';

export type Identity = {
  shard: string;
  node: string;
  host: string;
  port: number;
  runId: string;
  role: 'master' | 'slave';
  connectionClass: ConnectionClass;
  /** Of a tracked class that speaks RESP2: the id by which the server knows its receiver. */
  receiverId?: number | null;
};

const SET_NAME = ['CLIENT', 'SETNAME', 'keyfleet-proxy'];
const NO_TOUCH = ['CLIENT', 'NO-TOUCH', 'ON'];
const NODE_ID = ['CLUSTER', 'MYID'];
const ROLE = ['ROLE'];
const INFO = ['INFO', 'server'];
const READONLY = ['READONLY'];
/** `-ERR unknown command`, of a server that is older or has it renamed, and what an ACL says. */
const DENIALS = /^-(NOPERM|ERR unknown|ERR Unknown)/;

type Proofs = Pick<UpstreamTraits, 'provesLife' | 'tellsNodeId' | 'redirects'>;

/** What is asked to know who answers, and, of a replica that sends reads to its primary, not to. */
function proofsOf({ role }: Identity, { redirects, tellsNodeId }: Proofs): string[][] {
  const proof = tellsNodeId ? NODE_ID : ROLE;
  return role === 'slave' && redirects ? [READONLY, proof] : [proof];
}

/**
 * `same`: it is who it should be; `more`: an answer is missing; `busy`: it proves nothing while it runs a script, and is to
 * be asked again; anything else says what is wrong.
 */
export type CheckOutcome = string;

export class IdentityCheck {
  readonly #identity: Identity;
  readonly #credentials: Credentials | null;
  readonly #traits: Proofs;
  readonly #commands: string[][];
  #at = 0;
  serverVersion = '';
  /** Of the life that answers; empty: it does not say. */
  runId = '';
  /** By which the server knows this connection; only a receiver asks. */
  clientId: number | null = null;
  /** What a busy server said instead of an answer. */
  busyError: Uint8Array | null = null;
  /** The server did not take the credentials. */
  isRefused = false;

  /** `credentials` null: the server asks for none. */
  constructor(identity: Identity, credentials: Credentials | null, traits: Proofs) {
    this.#identity = identity;
    this.#credentials = credentials;
    this.#traits = traits;
    const { connectionClass, receiverId = null } = identity;
    const database = databaseOf(connectionClass);
    const tracking = trackingRequest(connectionClass, receiverId);
    this.#commands = [
      ...(credentials === null ? [] : [authCommand(credentials)]),
      ...(versionOf(connectionClass) === 3 ? [['HELLO', '3']] : []),
      ...(database === 0 ? [] : [['SELECT', String(database)]]),
      SET_NAME,
      ...(isReceiver(connectionClass) ? [['CLIENT', 'ID']] : []),
      ...(isNoTouch(connectionClass) ? [NO_TOUCH] : []),
      ...(tracking === null ? [] : [tracking]),
      ...proofsOf(identity, traits),
      INFO,
    ];
  }

  /** All commands at once; their answers follow, from the first. */
  request(): Uint8Array {
    this.#at = 0;
    this.busyError = null;
    return Buffer.concat(this.#commands.map((command) => encodeCommand(command)));
  }

  onReply(bytes: Uint8Array, start: number, end: number): CheckOutcome {
    const command = this.#commands[this.#at++]!;
    if (isBusyError(bytes, start)) this.busyError = new Uint8Array(bytes.subarray(start, end));
    else {
      const fault = this.#faultOf(command, bytes, start, end);
      if (fault !== undefined) return fault;
    }
    if (this.#at < this.#commands.length) return 'more';
    return this.busyError === null ? 'same' : 'busy';
  }

  #faultOf(
    command: readonly string[],
    bytes: Uint8Array,
    start: number,
    end: number,
  ): string | undefined {
    const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
    if (this.#mayFail(command, text)) return undefined;
    if (text.startsWith('-')) return this.#refusal(command[0]!, text.slice(1).trim());
    if (text.startsWith(':')) this.clientId = Number(text.slice(1));
    if (command === ROLE) return this.#roleFault(bytes, start, end);
    if (command === NODE_ID) return this.#nodeIdFault(text);
    return command === INFO ? this.#runIdFault(text) : undefined;
  }

  #mayFail(command: readonly string[], text: string): boolean {
    if (!text.startsWith('-')) return false;
    // Another server of the cluster took it: in the middle of an upgrade an older one serves as well as it can.
    if (command === NO_TOUCH) return true;
    if (this.#traits.provesLife) return false;
    return [SET_NAME, NODE_ID, ROLE, INFO].includes(command as string[]) && DENIALS.test(text);
  }

  #refusal(command: string, text: string): string {
    if (command === 'AUTH') this.isRefused = true;
    const shown = withoutPassword(text, this.#credentials);
    return `${this.#identity.node} answered ${command} with "${shown}"`;
  }

  #roleFault(bytes: Uint8Array, start: number, end: number): string | undefined {
    const answer = decodeReply(bytes, start, end);
    const role = Array.isArray(answer) ? String(answer[0]) : '';
    const { node, role: wanted } = this.#identity;
    return role === wanted ? undefined : `${node} is a ${role}, want a ${wanted}`;
  }

  /** Addresses are given to others: to nodes of other clusters, too. */
  #nodeIdFault(text: string): string | undefined {
    const nodeId = text.split('\r\n')[1] ?? '';
    const { node } = this.#identity;
    return nodeId === node ? undefined : `${node} is not there, but ${nodeId}`;
  }

  #runIdFault(info: string): string | undefined {
    this.serverVersion = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '';
    this.runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
    const { node, runId: wanted } = this.#identity;
    const isSame = !this.#traits.provesLife || this.runId === wanted;
    return isSame ? undefined : `${node} has run id ${this.runId}, want ${wanted}`;
  }
}
