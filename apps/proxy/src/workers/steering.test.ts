import type { Topology } from '@keyfleet/topology';
import { describe, expect, it } from 'vitest';
import type { ToPlane } from './messages.ts';
import { Steering, type Recipient } from './steering.ts';

const topology = (version: number): Topology => ({
  cluster: 'default',
  version,
  shards: [],
  holds: [],
});
const grant = { validUntilMs: 3000, wallAheadMaxMs: 500, version: 1 };

class Worker implements Recipient {
  readonly heard: string[] = [];
  send(message: ToPlane): void {
    const version = 'topology' in message ? ` ${message.topology.version}` : '';
    this.heard.push(message.kind + version);
  }
}

function steered(...workers: Worker[]) {
  const steering = new Steering({ toMachine: (of) => of });
  let acknowledgements = 0;
  steering.onSettled = () => acknowledgements++;
  for (const worker of workers) steering.join(worker);
  const settle = (worker: Worker, version: number, life = 0): void => {
    steering.settled(worker, { life, version });
  };
  return { steering, settle, acknowledgements: () => acknowledgements };
}

describe('the version that is acknowledged', () => {
  it('is the least of the workers, and worth a renewal when it grows', () => {
    const [one, two] = [new Worker(), new Worker()];
    const { steering, settle, acknowledgements } = steered(one, two);
    steering.apply(topology(1));
    settle(one, 1);
    expect([steering.appliedVersion, acknowledgements()]).toEqual([0, 0]);
    settle(two, 1);
    expect([steering.appliedVersion, acknowledgements()]).toEqual([1, 1]);
    steering.apply(topology(2));
    settle(two, 2);
    expect([steering.appliedVersion, acknowledgements()]).toEqual([1, 1]);
  });

  it('waits for no worker that died', () => {
    const [one, two] = [new Worker(), new Worker()];
    const { steering, settle, acknowledgements } = steered(one, two);
    steering.apply(topology(1));
    settle(one, 1);
    steering.leave(two);
    expect([steering.appliedVersion, acknowledgements()]).toEqual([1, 1]);
    settle(two, 9);
    expect(steering.appliedVersion).toBe(1);
  });

  it('is the newest there is when all workers died', () => {
    const one = new Worker();
    const { steering } = steered(one);
    steering.apply(topology(4));
    steering.leave(one);
    expect(steering.appliedVersion).toBe(4);
  });

  it('does not wait for a worker that joins, but does for what it is told afterwards', () => {
    const [one, late] = [new Worker(), new Worker()];
    const { steering, settle } = steered(one);
    steering.apply(topology(1));
    settle(one, 1);
    steering.join(late);
    expect(steering.appliedVersion).toBe(1);
    steering.apply(topology(2));
    settle(one, 2);
    expect(steering.appliedVersion).toBe(1);
    settle(late, 2);
    expect(steering.appliedVersion).toBe(2);
  });

  it('is none of a life that was forgotten', () => {
    const one = new Worker();
    const { steering, settle } = steered(one);
    steering.apply(topology(100));
    settle(one, 100);
    steering.forget();
    // It was on its way.
    settle(one, 100);
    expect(steering.appliedVersion).toBe(0);
    steering.apply(topology(3));
    settle(one, 3, 1);
    expect(steering.appliedVersion).toBe(3);
  });

  it('is not of a topology from the disk, unless that may serve', () => {
    const { steering } = steered();
    steering.remember(topology(5), false);
    expect(steering.appliedVersion).toBe(0);
    steering.remember(topology(5), true);
    expect(steering.appliedVersion).toBe(5);
  });
});

describe('a worker that joins', () => {
  it('is told the topology first, then the lease, then what comes', () => {
    const { steering } = steered();
    steering.remember(topology(1), false);
    steering.apply(topology(2));
    steering.grant(grant);
    const late = new Worker();
    steering.join(late);
    steering.apply(topology(3));
    expect(late.heard).toEqual(['apply 2', 'grant', 'apply 3']);
  });

  it('is told no lease that lapsed', () => {
    const { steering } = steered();
    steering.apply(topology(2));
    steering.grant(grant);
    steering.lapse();
    const late = new Worker();
    steering.join(late);
    expect(late.heard).toEqual(['apply 2']);
  });

  it('is told only addresses of a life that was forgotten', () => {
    const { steering } = steered();
    steering.apply(topology(2));
    steering.forget();
    const late = new Worker();
    steering.join(late);
    expect([late.heard, steering.appliedVersion]).toEqual([['remember 2'], 0]);
  });
});

describe('what is told', () => {
  it('is not what the disk has, once the configserver has told', () => {
    const one = new Worker();
    const { steering } = steered(one);
    steering.apply(topology(2));
    steering.remember(topology(1), false);
    expect(one.heard).toEqual(['apply 2']);
  });

  it('is one lapse per lease', () => {
    const one = new Worker();
    const { steering } = steered(one);
    steering.lapse();
    steering.grant(grant);
    steering.lapse();
    steering.lapse();
    expect([one.heard, steering.lapses]).toEqual([['grant', 'lapse'], 1]);
  });
});
