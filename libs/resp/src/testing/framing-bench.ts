/** What the benches of both framers share: the same chunks through a framer of ours and through redis-parser. */
import type { MicroCase, Run } from '@keyfleet/testkit';
import RedisParser from 'redis-parser';

type Framer = { push(chunk: Uint8Array): void; next(): boolean; keep(): void };

export function framingAgainstParsing(
  framer: Framer,
  chunks: readonly Buffer[],
): Pick<MicroCase, 'ours' | 'baseline'> {
  return { ours: framing(framer, chunks), baseline: parsing(chunks) };
}

/** The same bytes in chunks of another length, whose ends cut what they meet. */
export function recut(chunks: readonly Buffer[], chunkBytes: number): Buffer[] {
  const bytes = Buffer.concat(chunks);
  return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) =>
    bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  );
}

function framing(framer: Framer, chunks: readonly Buffer[]): Run {
  return () => {
    let frames = 0;
    for (const chunk of chunks) {
      framer.push(chunk);
      while (framer.next()) frames++;
      framer.keep();
    }
    return frames;
  };
}

function parsing(chunks: readonly Buffer[]): Run {
  let frames = 0;
  const parser = new RedisParser({
    returnBuffers: true,
    returnReply: () => frames++,
    returnError: (error) => {
      throw error;
    },
  });
  return () => {
    frames = 0;
    for (const chunk of chunks) parser.execute(chunk);
    return frames;
  };
}
