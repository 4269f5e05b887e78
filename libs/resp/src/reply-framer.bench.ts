import { microBench } from '@keyfleet/testkit';
import { encode, encodeReply } from './encode.ts';
import { ReplyFramer } from './reply-framer.ts';
import { framingAgainstParsing, recut } from './testing/framing-bench.ts';

const REPLIES = 1024;
const PIPELINED = 16;
/** So short that nearly every chunk's end cuts a reply. */
const CUT_CHUNK_BYTES = 1000;
/** The most that the proxy reads at once. */
const READ_BYTES = 64 * 1024;
/** As in the proxy: with new memory for each large reply that is cut, it takes ten times as long. */
const IDLE_BYTES_MAX = 128 * 1024;
const VALUE = 'v'.repeat(64);

const ok = encode.simpleString('OK');
const value = encode.bulk(VALUE);
const tenValues = encodeReply(Array<string>(10).fill(VALUE), 2);
const largeValue = encode.bulk('v'.repeat(16 * 1024));

/** What a socket brings: so many whole replies at a time. */
function chunksOf(reply: Uint8Array, pipelined: number, replies = REPLIES): Buffer[] {
  const chunk = Buffer.concat(Array<Uint8Array>(pipelined).fill(reply));
  return Array.from({ length: replies / pipelined }, () => Buffer.from(chunk));
}

const against = (chunks: readonly Buffer[]) =>
  framingAgainstParsing(new ReplyFramer({ idleBytesMax: IDLE_BYTES_MAX }), chunks);

microBench({
  title: 'ReplyFramer',
  about:
    'Finds whole replies in the bytes of a server. redis-parser reads the same bytes into buffers and arrays of ' +
    'buffers, which is the least that it does.',
  unit: 'reply',
  baseline: 'redis-parser',
  cases: [
    { name: '+OK, 16 at a time', ...against(chunksOf(ok, PIPELINED)), ratioMax: 1.6 },
    { name: '64 B, one at a time', ...against(chunksOf(value, 1)), ratioMax: 2.6 },
    { name: '64 B, 16 at a time', ...against(chunksOf(value, PIPELINED)), ratioMax: 2 },
    {
      name: `64 B, cut every ${CUT_CHUNK_BYTES} B`,
      ...against(recut(chunksOf(value, PIPELINED), CUT_CHUNK_BYTES)),
      ratioMax: 2,
    },
    { name: '10 × 64 B, one at a time', ...against(chunksOf(tenValues, 1)), ratioMax: 2.5 },
    {
      name: '16 KB, cut every 64 KB',
      ...against(recut(chunksOf(largeValue, 1, 32), READ_BYTES)),
      ratioMax: 0.5,
    },
    {
      name: '16 KB, cut every 10,000 B',
      ...against(recut(chunksOf(largeValue, 1, 32), 10_000)),
      ratioMax: 0.5,
    },
  ],
});
