import { expect, it } from 'vitest';
import { SharedQuestions } from './shared-questions.ts';

it('is asked anew for those that come while it is under way, once for all of them', async () => {
  const shared = new SharedQuestions<number>();
  const asked: PromiseWithResolvers<number>[] = [];
  const ask = (about: string): Promise<number> =>
    shared.ask(about, () => {
      const question = Promise.withResolvers<number>();
      asked.push(question);
      return question.promise;
    });
  const [first, second, third] = [ask('a'), ask('a'), ask('a')];
  const other = ask('b');
  expect(asked).toHaveLength(2);
  asked[0]!.resolve(1);
  expect(await first).toBe(1);
  asked[2]!.resolve(3);
  expect(await Promise.all([second, third])).toEqual([3, 3]);
  asked[1]!.resolve(2);
  expect(await other).toBe(2);
  expect(asked).toHaveLength(3);
});
