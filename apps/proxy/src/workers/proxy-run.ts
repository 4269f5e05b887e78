import { randomBytes } from 'node:crypto';

/** Of a proxy, whichever of its processes is asked: by it clients tell whether it began anew. */
export type ProxyRun = {
  readonly runId: string;
  /** How long it ran when this process began. */
  readonly upMs: number;
};

const RUN_ID_BYTES = 20;

export function newRunId(): string {
  return randomBytes(RUN_ID_BYTES).toString('hex');
}
