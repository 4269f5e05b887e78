import { encode, encodeReply } from '@keyfleet/resp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SINK } from '../upstream/reply-sink.ts';
import { Gather, type GatherKind } from './gather.ts';

function gatherOf(kind: GatherKind, partOfKey: number[], parts: number, isWrite = false) {
  const heard: string[] = [];
  const client = {
    ...NO_SINK,
    gatheredBytes: 0,
    onReply: (token: number, bytes: Uint8Array, start: number, end: number) =>
      heard.push(`${token} ${Buffer.from(bytes.subarray(start, end)).toString()}`),
  };
  const shards = Array.from({ length: parts }, (_, i) => `shard-${i}-0`);
  const gather = Gather.take({ client, token: 9, kind, isWrite, name: 'MGET', unit: 'shards' });
  const keysOf = (part: number) => partOfKey.filter((own) => own === part).length;
  shards.forEach((shard, part) => gather.addPart(shard, keysOf(part)));
  gather.noteKeys(Uint16Array.from(partOfKey), partOfKey.length);
  const reply = (part: number, bytes: Uint8Array): void =>
    gather.onReply(part, bytes, 0, bytes.length);
  return { heard, client, gather, reply };
}

describe('Gather', () => {
  it('puts values in the order of the keys, whatever they are and however the parts come', () => {
    const value = fc.option(fc.string(), { nil: null });
    const key = fc.record({ part: fc.nat({ max: 3 }), value });
    fc.assert(
      fc.property(
        fc.array(key, { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (keys, isReversed) => {
          const { heard, reply } = gatherOf(
            'byKey',
            keys.map(({ part }) => part),
            4,
          );
          const parts = isReversed ? [3, 2, 1, 0] : [0, 1, 2, 3];
          for (const part of parts) {
            const own = keys
              .filter((candidate) => candidate.part === part)
              .map((candidate) => candidate.value);
            reply(part, encodeReply(own, 2));
          }
          expect(heard).toEqual([
            `9 ${Buffer.from(
              encodeReply(
                keys.map((each) => each.value),
                2,
              ),
            ).toString()}`,
          ]);
        },
      ),
    );
  });

  it('tells its client what it keeps, until the reply is made', () => {
    const { client, heard, reply } = gatherOf('byKey', [0, 1, 2], 3);
    const held = [0, 1, 2].map((part) => {
      reply(part, part === 1 ? encode.errorReply('OOM') : encodeReply(['value'], 2));
      return client.gatheredBytes;
    });
    expect([held, heard.length]).toEqual([[11, 11, 0], 1]);
  });

  it('adds up, and says OK once', () => {
    const sum = gatherOf('sum', [], 3);
    [1, 2, 3].forEach((n, part) => sum.reply(part, encode.integer(n)));
    expect(sum.heard).toEqual(['9 :6\r\n']);
    const ok = gatherOf('allSucceeded', [], 2);
    [0, 1].forEach((part) => ok.reply(part, encode.simpleString('OK')));
    expect(ok.heard).toEqual(['9 +OK\r\n']);
  });

  it('fails as a whole, with the code of the first error and the place of each', () => {
    const { heard, gather, reply } = gatherOf('byKey', [0, 1, 2], 3);
    reply(2, encode.errorReply('OOM too much'));
    gather.onFailure(1, encode.errorReply('UNCERTAIN lost'));
    expect(heard).toEqual([]);
    reply(0, encodeReply(['v'], 2));
    expect(heard).toEqual([
      '9 -UNCERTAIN MGET failed on 2 of 3 shards (shard-1-0: UNCERTAIN lost; shard-2-0: OOM too much)\r\n',
    ]);
  });

  it('tells once what several slots of a node fail for, and of many failures some', () => {
    const heard: string[] = [];
    const client = {
      ...NO_SINK,
      gatheredBytes: 0,
      onReply: (_token: number, bytes: Uint8Array) => heard.push(Buffer.from(bytes).toString()),
    };
    const failing = (errorOf: (part: number) => string): string => {
      const order = { client, token: 0, kind: 'sum', isWrite: true, name: 'DEL' } as const;
      const gather = Gather.take({ ...order, unit: 'slots' });
      for (let part = 0; part < 2000; part++) gather.addPart(`node-${part % 2}`, 1);
      for (let part = 0; part < 2000; part++)
        gather.onFailure(part, encode.errorReply(errorOf(part)));
      return heard.pop()!;
    };
    expect(failing(() => 'CLUSTERDOWN gone')).toBe(
      '-CLUSTERDOWN DEL failed on 2000 of 2000 slots (node-0: CLUSTERDOWN gone; node-1: CLUSTERDOWN gone)\r\n',
    );
    expect(failing((part) => `ERR ${part}`)).toMatch(
      /\(node-0: ERR 0; .*; node-1: ERR 7; \.\.\.\)/,
    );
  });

  it('fails when a part answers with something else than its values', () => {
    for (const reply of [encodeReply(['v', 'w'], 2), encode.simpleString('OK')]) {
      const gathered = gatherOf('byKey', [0, 1], 2);
      gathered.reply(1, reply);
      gathered.reply(0, encodeReply(['v'], 2));
      expect(gathered.heard[0]).toMatch(/^9 -ERR MGET failed on 1 of 2 shards \(shard-1-0: ERR it/);
    }
  });

  it('a write of which something was done does not say that nothing was', () => {
    const partly = gatherOf('allSucceeded', [], 2, true);
    partly.reply(0, encode.simpleString('OK'));
    partly.reply(1, encode.errorReply('CLUSTERDOWN not sent'));
    expect(partly.heard[0]).toMatch(/^9 -UNCERTAIN MGET failed on 1 of 2 shards/);
    const nothing = gatherOf('allSucceeded', [], 2, true);
    [0, 1].forEach((part) => nothing.reply(part, encode.errorReply('CLUSTERDOWN not sent')));
    expect(nothing.heard[0]).toMatch(/^9 -CLUSTERDOWN/);
  });
});
