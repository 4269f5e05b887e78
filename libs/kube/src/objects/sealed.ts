/**
 * Tells whether an object is the one that we want. Fields are not compared, for the API server adds some and writes
 * others in another way. So what somebody else changed in an object is not seen until the cluster's spec changes.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@keyfleet/lifecycle';
import type { KubeObject } from '../client/kube-object.ts';

const APPLIED = 'keyfleet.dev/applied';
const HASH_LENGTH = 16;

/** The object with the hash of itself as an annotation. */
export function sealed(object: KubeObject): KubeObject {
  const { metadata } = object;
  const annotations = { ...metadata.annotations, [APPLIED]: contentHash(object) };
  return { ...object, metadata: { ...metadata, annotations } };
}

export function isApplied(wanted: KubeObject, found: KubeObject | undefined): boolean {
  const applied = found?.metadata.annotations?.[APPLIED];
  return applied !== undefined && applied === wanted.metadata.annotations?.[APPLIED];
}

/** Equal values have equal hashes, whatever the order of their keys. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, HASH_LENGTH);
}
