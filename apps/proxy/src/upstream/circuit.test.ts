import { expect, it } from 'vitest';
import { Circuit } from './circuit.ts';

const limits = { holdQueueMs: 2500, backoffMinMs: 50, backoffMaxMs: 1000 };

it('tries at once after the first loss, then ever more seldom', () => {
  const circuit = new Circuit(limits);
  const waits = [0, 1, 2, 3, 4, 5, 6].map((n) => {
    const atMs = n * 10_000;
    circuit.onLost('reset', atMs, true);
    let waitMs = 0;
    while (!circuit.mayConnect(atMs + waitMs)) waitMs++;
    return waitMs;
  });
  expect(waits).toEqual([0, 100, 200, 400, 800, 1000, 1000]);
});

it('lets commands wait as long as they wait, and then fail at once', () => {
  const circuit = new Circuit(limits);
  circuit.onLost('reset', 1000, true);
  circuit.onLost('refused', 2000, true);
  expect([circuit.givenUpBecause(3499), circuit.givenUpBecause(3500)]).toEqual([null, 'refused']);
  circuit.onReady();
  expect([circuit.givenUpBecause(9999), circuit.isDown, circuit.wasReady]).toEqual([null, false, true]);
}); // prettier-ignore

it('is not down while another connection is ready', () => {
  const circuit = new Circuit(limits);
  circuit.onReady();
  circuit.onLost('reset', 0, false);
  circuit.onLost('reset', 0, false);
  expect([circuit.isDown, circuit.givenUpBecause(9999)]).toEqual([false, null]);
});

it('begins anew with another server', () => {
  const circuit = new Circuit(limits);
  circuit.onReady();
  circuit.onLost('reset', 0, true);
  circuit.onLost('reset', 0, true);
  circuit.reset();
  expect([circuit.isDown, circuit.wasReady, circuit.mayConnect(0)]).toEqual([false, false, true]);
});
