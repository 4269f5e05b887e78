import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '@keyfleet/store';
import { FailureLog } from './failure-log.ts';

class Away extends Error {
  readonly code = 'AWAY';
}

function logged(): { log: FailureLog; lines: object[] } {
  const lines: object[] = [];
  const write = (line: object): void => void lines.push(line);
  return { log: new FailureLog({ warn: write, info: write }), lines };
}

describe('a failure that is tried again', () => {
  it('is logged once, and again when its reason changes', () => {
    const { log, lines } = logged();
    for (const reason of ['refused', 'refused', 'silent', 'silent']) {
      log.failed('store', new Away(reason));
    }
    expect(lines).toEqual([
      { what: 'store', code: 'AWAY', because: 'refused' },
      { what: 'store', code: 'AWAY', because: 'silent' },
    ]);
  });

  it('is told from another at the same time', () => {
    const { log, lines } = logged();
    for (const node of ['a', 'b', 'a', 'b']) log.failed(node, new Away('refused'), { node });
    expect(lines).toHaveLength(2);
  });

  it('is said to be over once, and then may begin again', () => {
    const { log, lines } = logged();
    log.succeeded('store');
    log.failed('store', new Away('refused'));
    log.succeeded('store');
    log.succeeded('store');
    log.failed('store', new Away('refused'));
    expect(lines).toHaveLength(3);
  });

  it('is a new one after it was forgotten', () => {
    const { log, lines } = logged();
    log.failed('store', new Away('refused'));
    log.forget();
    log.failed('store', new Away('refused'));
    expect(lines).toHaveLength(2);
  });

  it('is the same one while only the words of the store change', () => {
    const { log, lines } = logged();
    log.failed('store', new StoreUnavailable('a refused'));
    log.failed('store', new StoreUnavailable('b refused'));
    expect(lines).toHaveLength(1);
  });

  it('has its stack when it is a bug', () => {
    const { log, lines } = logged();
    const bug = new TypeError('x is undefined');
    log.failed('store', bug);
    expect(lines).toEqual([{ what: 'store', err: bug }]);
  });
});
