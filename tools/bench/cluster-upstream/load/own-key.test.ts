import { describe, expect, it } from 'vitest';
import { OwnKey } from './own-key.ts';

/** Three values were sent, two of them acknowledged. */
const written = () => {
  const key = new OwnKey('{t1}:a', 0);
  for (let n = 0; n < 3; n++) key.nextNumber();
  key.acknowledge(2);
  key.acknowledge(1);
  return key;
};

describe('OwnKey', () => {
  it('knows the last acknowledged', () => {
    expect(written().acknowledged).toBe(2);
  });

  it.each([
    ['the last acknowledged', written().valueOf(2), null],
    ['one sent behind it', written().valueOf(3), null],
    ['one before it', written().valueOf(1), 'older value than acknowledged'],
    ['none', null, 'older value than acknowledged'],
    ['one that was not sent', written().valueOf(4), 'value that nobody wrote'],
    ['that of another key', new OwnKey('{t1}:b', 0).valueOf(2), 'value of another key'],
    ['half of it', written().valueOf(2).slice(0, 50), 'value of another key'],
    ['nothing', '', 'value of another key'],
  ])('judges %s', (_name, value, doubt) => {
    const key = written();
    expect(key.doubt(value, key.acknowledged)).toBe(doubt);
  });

  it('takes no value where nothing was acknowledged', () => {
    expect(new OwnKey('k', 0).doubt(null, 0)).toBeNull();
  });
});
