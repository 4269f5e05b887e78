import { describe, expect, it } from 'vitest';
import { errors } from '../route/replies.ts';
import { Behind, unwatched } from './behind.ts';
import { NO_SINK, type ReplySink } from './reply-sink.ts';

const OK = Buffer.from('+OK\r\n');

function watched(): { behind: Behind; sinks: ReplySink[]; heard: string[] } {
  const heard: string[] = [];
  const behind = new Behind();
  behind.onOvertaken = () => heard.push('overtaken');
  const sink: ReplySink = {
    ...NO_SINK,
    onReply: () => heard.push('reply'),
    onPart: () => heard.push('part'),
    onPartsEnd: () => heard.push('end'),
    onFailure: () => heard.push('failure'),
  };
  return { behind, sinks: [behind.watch(sink), behind.watch(sink)], heard };
}

describe('a request that is refused for now', () => {
  it('is overtaken by the first reply behind it, and hears of it before the reply is passed on', () => {
    const { behind, sinks, heard } = watched();
    for (const sink of sinks) sink.onReply(0, OK, 0, OK.length);
    expect([heard, behind.left]).toEqual([['overtaken', 'reply', 'reply'], 0]);
  });

  it('is overtaken by the first part of a reply', () => {
    const { behind, sinks, heard } = watched();
    sinks[0]!.onPart(0, OK, 0, 2);
    sinks[0]!.onPartsEnd(0, true, 5);
    expect([heard, behind.left]).toEqual([['overtaken', 'part', 'end'], 1]);
  });

  it('is overtaken by what may have been done', () => {
    for (const error of [errors.unknownOutcome, errors.timedOut]) {
      const { sinks, heard } = watched();
      sinks[0]!.onFailure(0, error);
      expect(heard).toEqual(['overtaken', 'failure']);
    }
  });

  it('waits for those behind it that were refused too, or that changed nothing', () => {
    const { behind, sinks, heard } = watched();
    sinks[0]!.onFailure(0, errors.readLost);
    expect([heard, behind.left]).toEqual([['failure'], 1]);
    const own = unwatched(sinks[1]!);
    expect([behind.left, behind.isOvertaken]).toEqual([0, false]);
    own.onReply(0, OK, 0, OK.length);
    expect(heard).toEqual(['failure', 'reply']);
  });

  it('may be one of several that the same request is behind', () => {
    const [first, second] = [new Behind(), new Behind()];
    const sink = second.watch(first.watch(NO_SINK));
    expect([unwatched(sink) === NO_SINK, first.left, second.left]).toEqual([true, 0, 0]);
    const both = second.watch(first.watch(NO_SINK));
    both.onReply(0, OK, 0, OK.length);
    expect([first.isOvertaken, second.isOvertaken]).toEqual([true, true]);
  });
});
