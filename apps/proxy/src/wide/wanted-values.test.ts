import { describe, expect, it } from 'vitest';
import { wantedValues, type Values } from './wanted-values.ts';

const values = (value?: string): Values => new Map(value === undefined ? [] : [['hz', value]]);
const SET = new Map([['hz', { former: '10', latest: Buffer.from('30') }]]);

function wanted(own: string | undefined, others: (string | undefined)[]): unknown {
  const found = wantedValues({
    set: SET,
    own: values(own),
    others: others.map(values),
    isAlone: false,
  });
  return found.get('hz')?.toString();
}

describe('a new primary is given', () => {
  it.each<[string, string | undefined, (string | undefined)[], string | undefined]>([
    ['what the others have', '10', ['20', '20'], '20'],
    ['what others have, though one is as new', '10', ['20', '10'], '20'],
    ['nothing, if it has it', '20', ['20', '20'], undefined],
    ['nothing, if its configuration says something else', '15', ['20', '20'], undefined],
    ['nothing, if it was set back', '10', ['10', '10'], undefined],
    ['nothing, if the others do not agree', '10', ['20', '25'], undefined],
    ['nothing, if no other answered', '10', [], undefined],
    ['nothing that it does not know', undefined, ['20', '20'], undefined],
    ['what those have that know it', '10', [undefined, '20'], '20'],
  ])('%s', (_case, own, others, expected) => expect(wanted(own, others)).toBe(expected));

  it('what was set here last, if there are no others', () => {
    const alone = (own: string): unknown =>
      wantedValues({ set: SET, own: values(own), others: [], isAlone: true })
        .get('hz')
        ?.toString();
    expect([alone('10'), alone('15'), alone('30')]).toEqual(['30', undefined, undefined]);
  });
});
