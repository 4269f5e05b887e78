import { describe, expect, it } from 'vitest';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { MovingSlots } from './moving-slots.ts';

function owing(): { connection: UpstreamConnection; answer: () => void } {
  const waiting: (() => void)[] = [];
  const connection = { whenAnswered: (done: () => void) => waiting.push(done) };
  return {
    connection: connection as unknown as UpstreamConnection,
    answer: () => waiting.splice(0).forEach((done) => done()),
  };
}

describe('MovingSlots', () => {
  it('has those whose former owner owes replies, until all of its connections answered', () => {
    const moving = new MovingSlots();
    const [one, two] = [owing(), owing()];
    const over: number[][] = [];
    moving.begin([3, 4], [one.connection, two.connection], (slots) => over.push(slots));
    one.answer();
    expect([moving.has(3), moving.has(4), moving.has(5), over]).toEqual([true, true, false, []]);
    two.answer();
    expect([moving.has(3), moving.has(4), over]).toEqual([false, false, [[3, 4]]]);
  });

  it('has none whose former owner owes nothing', () => {
    const moving = new MovingSlots();
    moving.begin([3], [], () => expect.unreachable());
    expect(moving.has(3)).toBe(false);
  });

  it('has one that moves on until both of its former owners answered', () => {
    const moving = new MovingSlots();
    const [one, two] = [owing(), owing()];
    const over: number[][] = [];
    moving.begin([3, 4], [one.connection], (slots) => over.push(slots));
    moving.begin([3], [two.connection], (slots) => over.push(slots));
    one.answer();
    expect([moving.has(3), over]).toEqual([true, [[4]]]);
    two.answer();
    expect([moving.has(3), over]).toEqual([false, [[4], [3]]]);
  });
});
