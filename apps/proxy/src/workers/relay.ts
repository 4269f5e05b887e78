/** The parent between workers: what one asks about the clients of all is asked of each, in the order in which it comes. */
import type { Answers, AskedWith, Consultation, Question, ToPlane } from './messages.ts';
import { isOrdered } from './processes.ts';

export interface Consulted {
  /** Null: it does not answer in time. */
  ask<Q extends Question>(about: Q, asked: AskedWith<Q>): Promise<Answers[Q] | null>;
  send(message: ToPlane): void;
}

export async function relay(
  { id, about, asked }: Consultation,
  from: Consulted,
  workers: readonly Consulted[],
): Promise<void> {
  const consulted = isOrdered(about) ? workers : workers.filter((worker) => worker !== from);
  const answers = await Promise.all(
    consulted.map(async (worker) => {
      const answer = await worker.ask(about, asked);
      return answer === null ? [] : [answer];
    }),
  );
  from.send({ kind: 'consulted', id, answers: answers.flat() });
}
