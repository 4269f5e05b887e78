import { microBench } from '@keyfleet/testkit';
import { encodeCommand } from './encode-command.ts';
import { RequestFramer } from './request-framer.ts';
import { framingAgainstParsing, recut } from './testing/framing-bench.ts';

const REQUESTS = 1024;
const PIPELINED = 16;
/** So short that nearly every chunk's end cuts a request. */
const CUT_CHUNK_BYTES = 1000;
const VALUE = 'v'.repeat(64);

const keyOf = (n: number): string => `user:${String(n).padStart(6, '0')}:profile`;
const tenOf = (n: number): number[] => Array.from({ length: 10 }, (_, i) => 10 * n + i);

const get = (n: number): string[] => ['GET', keyOf(n)];
const set = (n: number): string[] => ['SET', keyOf(n), VALUE];
const mset = (n: number): string[] => ['MSET', ...tenOf(n).flatMap((i) => [keyOf(i), VALUE])];

/** What a socket brings: so many whole requests at a time. */
function chunksOf(command: (n: number) => string[], pipelined: number): Buffer[] {
  const frames = Array.from({ length: REQUESTS }, (_, n) => encodeCommand(command(n)));
  return Array.from({ length: REQUESTS / pipelined }, (_, i) =>
    Buffer.concat(frames.slice(i * pipelined, (i + 1) * pipelined)),
  );
}

const against = (chunks: readonly Buffer[]) => framingAgainstParsing(new RequestFramer(), chunks);

microBench({
  title: 'RequestFramer',
  about:
    'Finds requests and their arguments in the bytes of a client. redis-parser reads the same bytes into arrays of ' +
    'buffers, which is the least that it does.',
  unit: 'request',
  baseline: 'redis-parser',
  cases: [
    { name: 'GET, one at a time', ...against(chunksOf(get, 1)), ratioMax: 1.8 },
    { name: 'GET, 16 at a time', ...against(chunksOf(get, PIPELINED)), ratioMax: 1.3 },
    { name: 'SET of 64 B, 16 at a time', ...against(chunksOf(set, PIPELINED)), ratioMax: 1.2 },
    {
      name: `SET of 64 B, cut every ${CUT_CHUNK_BYTES} B`,
      ...against(recut(chunksOf(set, PIPELINED), CUT_CHUNK_BYTES)),
      ratioMax: 1.2,
    },
    { name: 'MSET of 10 × 64 B, one at a time', ...against(chunksOf(mset, 1)), ratioMax: 1 },
  ],
});
