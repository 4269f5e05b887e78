/** A bug, never an operational failure: the process ends, its lease expires, another takes over (style §4). */
class InvariantError extends Error {
  readonly code = 'INVARIANT';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
