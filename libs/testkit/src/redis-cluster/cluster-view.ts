import { parseSlots } from '@keyfleet/slots';

/** What one node says of another (or of itself) in CLUSTER NODES. */
export type NodeView = {
  readonly id: string;
  readonly port: number;
  readonly isPrimary: boolean;
  /** It failed, is suspected of it, or is not met yet. */
  readonly isInDoubt: boolean;
  /** The id of the primary that it copies; null: none. */
  readonly primaryId: string | null;
  readonly slots: readonly number[];
};

/** The text of CLUSTER NODES: `id host:port@bus flags primary ping pong epoch link slots…`. */
export function parseClusterNodes(text: string): NodeView[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id, address, flags, primary, , , , , ...slots] = line.trim().split(' ');
      return {
        id: id!,
        port: Number(/:(\d+)@/.exec(address!)?.[1]),
        isPrimary: /\bmaster\b/.test(flags!),
        isInDoubt: /fail|handshake|noaddr/.test(flags!),
        primaryId: primary === '-' ? null : primary!,
        slots: numbersOf(slots.filter((range) => !range.startsWith('['))),
      };
    });
}

function numbersOf(ranges: readonly string[]): number[] {
  return parseSlots(ranges.join(',')).flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, n) => start + n),
  );
}

/** Equal for two nodes that see the same owners and the same roles. */
export function agreementOf(views: readonly NodeView[]): string {
  return views
    .map(({ id, isPrimary, isInDoubt, primaryId, slots }) =>
      [id, isPrimary, isInDoubt, primaryId, slots.join()].join(' '),
    )
    .toSorted()
    .join('\n');
}
