/**
 * Where a cache stands, and what it does next. The traps are in here: a version that the server has forgotten (list
 * again, but not in a tight loop), a watch that ends at once and again, a server that is away (the version stays good).
 */
import type { KubeError } from '../kube-error.ts';

export type Position = {
  readonly next: 'list' | 'watch';
  readonly resourceVersion: string;
  /** In a row: since an event came. */
  readonly failures: number;
  /** Wait first, the longer the more failures there were. */
  readonly isPaced: boolean;
  /** Something came since the watch was opened. */
  readonly isProven: boolean;
};

export type Happening =
  | { readonly what: 'listed'; readonly resourceVersion: string }
  /** A change or a bookmark. */
  | { readonly what: 'event'; readonly resourceVersion: string }
  /** The server ended the watch, as it does after the time it was given. */
  | { readonly what: 'ended' }
  /** Nothing came for so long that the connection is taken for dead. */
  | { readonly what: 'silent' }
  /** The server has an object otherwise, and the watch does not tell. */
  | { readonly what: 'doubted' }
  | { readonly what: 'failed'; readonly error: KubeError };

export const start: Position = {
  next: 'list',
  resourceVersion: '',
  failures: 0,
  isPaced: false,
  isProven: false,
};

export function reduce(position: Position, happening: Happening): Position {
  switch (happening.what) {
    case 'listed':
      return { ...again(position), next: 'watch', resourceVersion: happening.resourceVersion };
    case 'event':
      return {
        next: 'watch',
        // From no version at all a watch would begin anywhere, and deletions before that would never be told.
        resourceVersion: happening.resourceVersion || position.resourceVersion,
        failures: 0,
        isPaced: false,
        isProven: true,
      };
    case 'ended':
      return position.isProven ? again(position) : later(position);
    case 'silent':
      return again(position);
    case 'doubted':
      return { ...position, next: 'list', isProven: false };
    case 'failed':
      return afterFailure(position, happening.error);
  }
}

function afterFailure(position: Position, error: KubeError): Position {
  const next = keepsPosition(error) ? position.next : 'list';
  const isExpected = error.code === 'GONE' && position.isProven;
  return { ...(isExpected ? again(position) : later(position)), next };
}

function again(position: Position): Position {
  return { ...position, isPaced: false, isProven: false };
}

function later(position: Position): Position {
  return { ...position, failures: position.failures + 1, isPaced: true, isProven: false };
}

/** Nobody answered, or was too busy to: that says nothing about what was asked for. */
function keepsPosition({ code, status }: KubeError): boolean {
  return code === 'UNREACHABLE' || status === 429;
}
